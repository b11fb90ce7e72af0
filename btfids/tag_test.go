package btfids_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// A symbol73 is a symbol of .BTF_ids.
type symbol73 struct {
	name        string
	value, size uint64
}

// kfuncTable reads a section with these words and symbols.
func kfuncTable(t *testing.T, words []uint32, symbols ...symbol73) *btfids.Table {
	t.Helper()
	var data []byte
	for _, w := range words {
		data = binary.LittleEndian.AppendUint32(data, w)
	}
	file := dwarftest.File{Sections: []dwarftest.Section{{Name: btfids.SectionName, Data: data}}}
	for _, s := range symbols {
		file.Symbols = append(file.Symbols, dwarftest.Symbol{Name: s.name, Value: s.value, Size: s.size, Section: btfids.SectionName})
	}
	return mustRead(t, file.Build(t))
}

// TestTagKfuncsRefuses has what resolve_btfids of Linux 7.3 does not look for; its own
// errors are cases of TestResolve73 of the command.
func TestTagKfuncsRefuses(t *testing.T) {
	const arena = 1<<13 | 1<<14
	b := btf.NewBuilder(binary.LittleEndian, nil)
	ptr := b.AddPtr(0)
	b.AddFunc("f", btf.LinkageStatic, b.AddFuncProto(ptr, btf.Param{Name: "p", Type: ptr}))
	plain, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	table := kfuncTable(t, []uint32{0, 1, 0, arena}, symbol73{"__BTF_ID__set8__s", 0, 16}, symbol73{"__BTF_ID__func__f__1", 8, 4})
	tagged, warnings, err := btfids.TagKfuncs(plain, table)
	if err != nil || len(warnings) != 0 || tagged.NumIDs() == plain.NumIDs() {
		t.Fatal(err, warnings)
	}
	var kfunc *btfids.KfuncError
	if _, _, err := btfids.TagKfuncs(tagged, table); !errors.As(err,
		&kfunc) || kfunc.Name != "f" || !strings.Contains(err.Error(), "tag address_space(1) already") {
		t.Errorf("tagged twice: %v", err)
	}
	table = kfuncTable(t, []uint32{0, 1, 0, 0}, symbol73{"__BTF_ID__set8__s", 0, 16},
		symbol73{"__BTF_ID__func__f__1", 8, 4}, symbol73{"__BTF_ID__func__g__2", 8, 4})
	if _, _, err := btfids.TagKfuncs(plain, table); err == nil || !strings.Contains(err.Error(), "entry 0 of set8 s has symbols of two names") {
		t.Errorf("two names: %v", err)
	}
	if table.ListsKfuncs(plain) {
		t.Error("two names: it lists kernel functions")
	}
}

// TestTagKfuncsBounded: names of parameters may overlap, so that a small file has
// gigabytes of them.
func TestTagKfuncsBounded(t *testing.T) {
	b := btf.NewBuilder(binary.LittleEndian, nil)
	n := b.AddInt("int", 4, btf.EncodingSigned)
	long := strings.Repeat("x", 1<<16)
	params := make([]btf.Param, 1<<12)
	for i := range params {
		params[i] = btf.Param{Name: long, Type: n}
	}
	b.AddFunc("f", btf.LinkageStatic, b.AddFuncProto(0, params...))
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	table := kfuncTable(t, []uint32{0, 1, 0, 0}, symbol73{"__BTF_ID__set8__s", 0, 16}, symbol73{"__BTF_ID__func__f__1", 8, 4})
	if _, _, err := btfids.TagKfuncs(types, table); err == nil || !strings.Contains(err.Error(), "bytes of names to look at") {
		t.Errorf("%v", err)
	}
}

// TestLongImplicitName is T1-R: with _impl a name has 511 bytes at the most.
func TestLongImplicitName(t *testing.T) {
	for n, fits := range map[int]bool{506: true, 507: false} {
		name := strings.Repeat("n", n)
		b := btf.NewBuilder(binary.LittleEndian, nil)
		b.AddFunc(name, btf.LinkageStatic, b.AddFuncProto(0))
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		table := kfuncTable(t, []uint32{0, 1, 0, 1 << 16}, symbol73{"__BTF_ID__set8__s", 0, 16}, symbol73{"__BTF_ID__func__" + name + "__1", 8, 4})
		_, _, err = btfids.TagKfuncs(types, table)
		if (err == nil) != fits || err != nil && !strings.Contains(err.Error(), "function name is too long") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
