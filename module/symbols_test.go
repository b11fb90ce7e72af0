package module_test

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/module"
)

// TestStripped: a finished module without the symbols of .BTF_ids is one with those of its debug file, if that is found,
// and is refused else.
func TestStripped(t *testing.T) {
	types, err := btf.ParseText(finishedTypes, nil)
	if err != nil {
		t.Fatal(err)
	}
	data := binary.LittleEndian.AppendUint32(nil, 2)
	for _, w := range []uint32{1, 3, 10, 4, 20} { // first has 10, though the symbol there is that of second
		data = binary.LittleEndian.AppendUint32(data, w)
	}
	alloc := func(name string, data []byte) dwarftest.Section {
		return dwarftest.Section{Name: name, Data: data, Flags: elf.SHF_ALLOC}
	}
	ids, text := alloc(btfids.SectionName, data), alloc(".text", make([]byte, 16))
	ownBTF := dwarftest.Section{Name: ".BTF", Data: types.Bytes()}
	empty := dwarftest.Section{Name: ids.Name, Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC, Size: uint64(len(data))}
	symbols := []dwarftest.Symbol{
		{Name: "__BTF_ID__set8__s", Value: 0, Size: uint64(len(data)), Section: ids.Name},
		{Name: "__BTF_ID__func__second__1", Value: 8, Size: 4, Section: ids.Name},
		{Name: "__BTF_ID__func__first__2", Value: 16, Size: 4, Section: ids.Name},
	}
	other := []dwarftest.Symbol{{Name: "init_module", Section: ".text"}}
	// Sections have other numbers there.
	debug := dwarftest.File{Type: elf.ET_REL, Symbols: symbols, Sections: []dwarftest.Section{{Name: ".comment", Data: data}, text, empty}}
	more := debug
	more.Sections = append(slices.Clone(more.Sections), alloc(".more", data))
	without := debug
	without.Symbols = other
	dwarf := dwarftest.Section{Name: ".debug_info", Data: data} // which nobody reads here

	for _, tc := range []struct {
		name    string
		symbols []dwarftest.Symbol
		more    []dwarftest.Section
		debug   *dwarftest.File
		read    module.Step
		fails   string // a part of the error
		noDWARF bool
		noTable bool
	}{
		{name: "symbols in the file", symbols: symbols},
		{name: "no symbol table", debug: &debug},
		{name: "other symbols", symbols: other, debug: &debug},
		{name: "other symbols, to encode", symbols: other, debug: &debug, read: module.ReadIDsToEncode(module.DebugFiles{})},
		{name: "no debug file", symbols: other, fails: "is stripped of their symbols: put its debug file, which has them, beside it"},
		{name: "no symbol table, no debug file", fails: "is stripped of their symbols: put its debug file, which has them, beside it"},
		{name: "debug file of another build", symbols: other, debug: &more, fails: `m.ko.debug": it has section .more`},
		{name: "debug file without them", symbols: other, debug: &without, fails: `m.ko.debug": it has no symbols of .BTF_ids`},
		{name: "nothing to encode", symbols: other, read: module.ReadIDsToEncode(module.DebugFiles{}), noDWARF: true},
		{name: "DWARF to encode", symbols: other, more: []dwarftest.Section{dwarf}, read: module.ReadIDsToEncode(module.DebugFiles{}), fails: "is stripped"},
		{name: "kernel functions are tagged", symbols: other, more: []dwarftest.Section{dwarf},
			read: module.TryIDs(module.DebugFiles{}, features.DeclTagKfuncs), fails: "is stripped"},
		{name: "kernel functions do not matter", symbols: other, more: []dwarftest.Section{dwarf},
			read: module.TryIDs(module.DebugFiles{}, features.Var), noTable: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			file := dwarftest.File{Type: elf.ET_REL, Symbols: tc.symbols, Sections: append([]dwarftest.Section{text, ids, ownBTF}, tc.more...)}
			write := func(name string, f dwarftest.File) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, f.Build(t), 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			f, err := elffile.Open(write("m.ko", file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if tc.debug != nil {
				write("m.ko.debug", *tc.debug)
			}
			if tc.read.Do == nil {
				tc.read = module.ReadIDs(module.DebugFiles{})
			}
			m := module.New(f)
			err = module.Run(context.Background(), m, tc.read, module.UnfillIDs(nil))
			stripped := (*module.StrippedError)(nil)
			switch {
			case tc.noDWARF:
				if !errors.Is(err, dwarf2btf.ErrNoDWARF) {
					t.Errorf("error %v", err)
				}
				return
			case tc.fails != "":
				if !errors.As(err, &stripped) || !strings.Contains(err.Error(), tc.fails) || !strings.Contains(err.Error(), "--debug_dir=DIR") {
					t.Errorf("error %v", err)
				}
				return
			case err != nil:
				t.Fatal(err)
			case tc.noTable:
				if m.Table != nil {
					t.Error("there is a table")
				}
				return
			}
			want := []uint32{0, 1, 0, 20, 0, 10} // the flags of second, then those of first
			var got []uint32
			for at := 0; at < len(data); at += 4 {
				got = append(got, binary.LittleEndian.Uint32(m.Table.Data()[at:]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("words %d, want %d", got, want)
			}
			notes := []string{module.FinishedNote{Moved: 2}.String()}
			if tc.debug != nil {
				notes = slices.Insert(notes, 0, module.SymbolsNote{Path: filepath.Join(dir, "m.ko.debug")}.String())
			}
			var warnings []string
			for _, w := range m.Warnings {
				warnings = append(warnings, w.String())
			}
			if !slices.Equal(warnings, notes) {
				t.Errorf("warnings %q, want %q", warnings, notes)
			}
		})
	}
}
