package module_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/module"
)

const finishedTypes = `
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=0
[3] FUNC 'first' type_id=2 linkage=static
[4] FUNC 'second' type_id=2 linkage=static
`

// finishedFile is a file whose set8 lists second, first, x and y, and was filled in with these
// pairs of an ID and flags; without any ID, it is as it was linked. types may be nil.
func finishedFile(t *testing.T, order binary.ByteOrder, types *btf.Types, pairs ...uint32) *elffile.File {
	t.Helper()
	data := make([]byte, 0, 4*(2+len(pairs)))
	count := uint32(0)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] != 0 {
			count = uint32(len(pairs)) / 2
		}
	}
	for _, w := range append([]uint32{count, 1}, pairs...) {
		data = append(data, 0, 0, 0, 0)
		order.PutUint32(data[len(data)-4:], w)
	}
	file := dwarftest.File{Order: order, Type: elf.ET_REL, Sections: []dwarftest.Section{{Name: btfids.SectionName, Data: data}}}
	if order == binary.ByteOrder(binary.BigEndian) {
		file.Machine = elf.EM_S390
	}
	if types != nil {
		file.Sections = append(file.Sections, dwarftest.Section{Name: ".BTF", Data: types.WithByteOrder(order).Bytes()})
	}
	add := func(name string, at, size uint64) {
		file.Symbols = append(file.Symbols, dwarftest.Symbol{Name: name, Value: at, Size: size, Section: btfids.SectionName})
	}
	add("__BTF_ID__set8__s", 0, uint64(len(data)))
	for i, name := range []string{"second", "first", "x", "y"}[:len(pairs)/2] {
		add("__BTF_ID__func__"+name+"__1", uint64(8+8*i), 4)
	}
	image := file.Build(t)
	f, err := elffile.New("m.ko", bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestNoContents: a debug file has the symbols and not the section.
func TestNoContents(t *testing.T) {
	file := dwarftest.File{Sections: []dwarftest.Section{{Name: btfids.SectionName, Type: elf.SHT_NOBITS, Size: 16}}}
	image := file.Build(t)
	f, err := elffile.New("m.ko.debug", bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	m := module.New(f)
	if err := module.Run(context.Background(), m, module.ReadIDs(module.DebugFiles{})); err != nil || m.Table != nil || len(m.Warnings) != 1 || m.Warnings[0] != (module.NoContentsWarning{}) {
		t.Errorf("%v, table %v, warnings %v", err, m.Table != nil, m.Warnings)
	}
}

// TestDoubt: what can be known of a finished file is, in either byte order, and what cannot is said.
func TestDoubt(t *testing.T) {
	types, err := btf.ParseText(finishedTypes, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := ints(t, "a", "b", "c", "d", "e")
	none := (*btf.Types)(nil)
	for _, tc := range []struct {
		name     string
		types    *btf.Types
		pairs    []uint32
		want     []uint32 // flags of second, first, x and y
		warnings []string
		fails    bool
	}{
		{
			name: "as it was linked", types: none, pairs: []uint32{0, 20, 0, 10}, want: []uint32{20, 10},
		},
		{
			name: "finished", types: types, pairs: []uint32{3, 10, 4, 20}, want: []uint32{20, 10},
			warnings: []string{".BTF_ids is filled in already, and sorted: its IDs say whose the flags of 2 functions are"},
		},
		{
			name: "finished, and all flags are at their symbols", types: types, pairs: []uint32{4, 20, 3, 10}, want: []uint32{20, 10},
		},
		{
			name: "one without an ID", types: types, pairs: []uint32{0, 7, 3, 10, 4, 20}, want: []uint32{20, 10, 7},
			warnings: []string{".BTF_ids is filled in already, and sorted: its IDs say whose the flags of 2 functions are"},
		},
		{
			name: "two without an ID", types: types, pairs: []uint32{0, 7, 0, 8, 3, 10, 4, 20}, want: []uint32{20, 10, 7, 8},
			warnings: []string{
				".BTF_ids is filled in already, and sorted: its IDs say whose the flags of 4 functions are",
				".BTF_ids is filled in already, without IDs for FUNC x, FUNC y: which of their flags are whose is not known, and they are taken in the order of the symbols",
			},
		},
		{
			name: "two without an ID that have the same flags", types: types, pairs: []uint32{0, 7, 0, 7, 3, 10, 4, 20}, want: []uint32{20, 10, 7, 7},
			warnings: []string{".BTF_ids is filled in already, and sorted: its IDs say whose the flags of 4 functions are"},
		},
		{
			name: "no BTF, and all have the same flags", types: none, pairs: []uint32{3, 10, 4, 10}, want: []uint32{10, 10},
		},
		{
			name: "no BTF", types: none, pairs: []uint32{3, 10, 4, 20}, fails: true,
		},
		{
			name: "other BTF", types: other, pairs: []uint32{3, 10, 4, 20}, fails: true,
		},
	} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(tc.name+" "+order.String(), func(t *testing.T) {
				m := module.New(finishedFile(t, order, tc.types, tc.pairs...))
				err := module.Run(context.Background(), m, module.ReadIDs(module.DebugFiles{}), module.UnfillIDs(nil))
				if filled := (*module.FilledError)(nil); errors.As(err, &filled) != tc.fails {
					t.Fatalf("error %v", err)
				}
				if tc.fails {
					return
				}
				var flags []uint32
				for at := 12; at < len(m.Table.Data()); at += 8 {
					flags = append(flags, order.Uint32(m.Table.Data()[at:]))
				}
				if diff := cmp.Diff(tc.want, flags); diff != "" {
					t.Errorf("flags (- want, + got):\n%s", diff)
				}
				var warnings []string
				for _, w := range m.Warnings {
					warnings = append(warnings, w.String())
				}
				if diff := cmp.Diff(tc.warnings, warnings); diff != "" {
					t.Errorf("warnings (- want, + got):\n%s", diff)
				}
			})
		}
	}
}
