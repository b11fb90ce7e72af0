package btfids_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// Linux up to 6.19 resolves a module again, in place, when vmlinux is newer: each
// function has to keep its flags, although the IDs are sorted by then and the
// symbols are not. resolve_btfids of 6.12 gives them to others.
func TestResolveTwice(t *testing.T) {
	section := parseIDs(t, `
set8 kfuncs 1
	func ccc 3
	func missing 4
	func aaa 1
	func bbb 2
set hooks
	func bbb
	func aaa
`)
	base := goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED", nil)
	text := func(base *btf.Types) *btf.Types {
		b := btf.NewBuilder(nil, base)
		for _, name := range []string{"aaa", "bbb", "ccc"} {
			b.AddFunc(name, btf.LinkageStatic, b.AddFuncProto(1))
		}
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		return types
	}
	newer := goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] PTR '(anon)' type_id=1", nil)
	once := "set8 kfuncs: 4 1 0 4 3 1 5 2 7 3\nset hooks: 2 3 5\n"
	shifted := "set8 kfuncs: 4 1 0 4 4 1 6 2 8 3\nset hooks: 2 4 6\n"
	for _, f := range forms {
		image := section.elf(t, f)
		first := mustRead(t, image).Resolve(text(base)).Data
		if got := section.text(f.order, first); got != once {
			t.Errorf("%s: first time: %s", f.name, got)
		}
		again := *section
		again.words = nil
		for i := 0; i < len(first); i += 4 {
			again.words = append(again.words, f.order.Uint32(first[i:]))
		}
		image = again.elf(t, f)
		if second := mustRead(t, image).Resolve(text(base)).Data; !bytes.Equal(second, first) {
			t.Errorf("%s: second time: %s", f.name, section.text(f.order, second))
		}
		if got := section.text(f.order, mustRead(t, image).Resolve(text(newer)).Data); got != shifted {
			t.Errorf("%s: over a newer base: %s", f.name, got)
		}
	}
}

// A name may stand in any number of lists; resolve_btfids ends at 100.
func TestManyLists(t *testing.T) {
	var text bytes.Buffer
	text.WriteString("list all\n")
	for range 150 {
		text.WriteString("\ttypedef t\n")
	}
	section := parseIDs(t, text.String())
	types := goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] TYPEDEF 't' type_id=1", nil)
	table := mustRead(t, section.elf(t, forms[0]))
	if name, ok := table.Crowded(); name != "t" || !ok {
		t.Errorf("Crowded: %q, %v", name, ok)
	}
	result := table.Resolve(types)
	for i := range 150 {
		if got := binary.LittleEndian.Uint32(result.Data[i*4:]); got != 2 {
			t.Fatalf("place %d: %d", i, got)
		}
	}
	if len(result.Warnings) != 0 {
		t.Error(result.Warnings)
	}
}

// What the caller gives is not changed.
func TestInputsStay(t *testing.T) {
	for _, g := range goldens(t) {
		for _, m := range g.modes() {
			table := mustRead(t, g.ids.elf(t, forms[0]))
			data, raw, text := bytes.Clone(table.Data()), g.btf.Bytes(), goldentest.Dump(t, g.btf)
			types := g.btf
			if m.files {
				out, err := prepare(types, table, false, m.distill)
				if err != nil {
					t.Fatal(err)
				}
				types = out.BTF
			}
			table.Resolve(types)
			if !bytes.Equal(table.Data(), data) || !bytes.Equal(g.btf.Bytes(), raw) || goldentest.Dump(t, g.btf) != text {
				t.Errorf("%s %s: an input has changed", g.Name(), m.name)
			}
		}
	}
}

// A file can be made so that what is to be added has no end: that is an error.
func TestImplicitBounded(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	n := b.AddInt("int", 4, btf.EncodingSigned)
	params := make([]btf.Param, 1<<16)
	for i := range params {
		params[i].Type = n
	}
	proto := b.AddFuncProto(n, params...)
	f := b.AddFunc("f", btf.LinkageStatic, proto)
	for range 1 << 7 {
		b.AddDeclTag("bpf_kfunc", f, -1)
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	table := mustRead(t, parseIDs(t, "set8 s 1\n\tfunc f 0x10000\n").elf(t, forms[0]))
	if out, err := btfids.ImplicitArgs(types, table); err == nil {
		t.Errorf("%d types", out.NumIDs())
	}
}

// A chain of qualifiers may lead back to itself.
func TestImplicitCycle(t *testing.T) {
	types := goldentest.Parse(t, `
[1] CONST '(anon)' type_id=1
[2] PTR '(anon)' type_id=1
[3] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2
	'a' type_id=1
	'b' type_id=2
[4] FUNC 'f' type_id=3 linkage=static
[5] DECL_TAG 'bpf_kfunc' type_id=4 component_idx=-1
`, nil)
	table := mustRead(t, parseIDs(t, "set8 s 1\n\tfunc f 0x10000\n").elf(t, forms[0]))
	out, err := btfids.ImplicitArgs(types, table)
	if err != nil || out.NumIDs() != 8 {
		t.Errorf("%v, %v", out, err)
	}
}

// TestLongNames has types whose names begin or end with names that are asked for: no
// more of a name is read than of the longest of those.
func TestLongNames(t *testing.T) {
	section := parseIDs(t, "list l\n\tstruct ab\n\tstruct b\n\tfunc ab\n")
	b := btf.NewBuilder(nil, nil)
	for _, name := range []string{"a", "abc", "ab" + strings.Repeat("x", 1<<16), "ab", "b"} {
		b.AddStruct(name, 4)
		b.AddFunc(name, btf.LinkageStatic, b.AddFuncProto(0))
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range forms {
		res := mustRead(t, section.elf(t, f)).Resolve(types)
		var ids []uint32
		for at := 0; at < len(res.Data); at += 4 {
			ids = append(ids, f.order.Uint32(res.Data[at:]))
		}
		for i, name := range []string{"ab", "b", "ab"} {
			if got := types.Name(btf.ID(ids[i])); got != name {
				t.Errorf("%s: ID %d is %q, want %q", f.name, ids[i], got, name)
			}
		}
	}
}

// TestTakenBack: what any golden is filled in with can be taken back by the same types, in
// all byte orders, and then be filled in again. Flags that nothing tells whose they are
// may have another order: those names are in doubt.
func TestTakenBack(t *testing.T) {
	moved := 0
	for _, g := range goldens(t) {
		for _, form := range forms {
			image := g.ids.elf(t, form)
			f, err := elffile.New("file", bytes.NewReader(image), int64(len(image)))
			if err != nil {
				t.Fatal(err)
			}
			linked, err := btfids.Read(f)
			if err != nil {
				t.Fatal(err)
			}
			_, types := g.input(t, form, modes[1])
			filled := finished(t, f, linked.Resolve(types).Data)
			back, err := filled.Unresolve(types)
			if err != nil {
				t.Errorf("%s, %s: %v", g.Name(), form.name, err)
				continue
			}
			moved += back.Moved
			if len(back.Doubt) == 0 && !bytes.Equal(back.Data, linked.Data()) {
				t.Errorf("%s, %s: taken back:\n%s\nwant\n%s", g.Name(), form.name, g.ids.text(form.order, back.Data), g.ids.text(form.order, linked.Data()))
			}
			if again := finished(t, f, back.Data).Resolve(types).Data; !bytes.Equal(again, filled.Data()) {
				t.Errorf("%s, %s: again:\n%s\nwant\n%s", g.Name(), form.name, g.ids.text(form.order, again), g.ids.text(form.order, filled.Data()))
			}
		}
	}
	if moved == 0 {
		t.Error("no flags moved in any golden")
	}
}

// finished reads the table of a file that has other data in the section.
func finished(t testing.TB, f *elffile.File, data []byte) *btfids.Table {
	t.Helper()
	view, err := f.WithData(f.Section(btfids.SectionName), data)
	if err != nil {
		t.Fatal(err)
	}
	table, err := btfids.Read(view)
	if err != nil {
		t.Fatal(err)
	}
	return table
}
