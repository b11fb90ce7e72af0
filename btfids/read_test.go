package btfids_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// Symbols that cannot be meant, with the words of the error. The section has four
// words.
func TestReadMalformed(t *testing.T) {
	type symbol struct {
		name        string
		value, size uint64
	}
	for _, test := range []struct {
		name    string
		symbols []symbol
		want    string // after "file: .BTF_ids+OFFSET: symbol NAME: "; "" for none
	}{
		{"other symbols", []symbol{{"__BTF_ID", 0, 4}, {"list", 0, 4}, {"", 0, 4}}, ""},
		{"unknown word", []symbol{{"__BTF_ID__enum__x__1", 0, 4}}, "asks for something that is not known"},
		{"no word", []symbol{{"__BTF_ID__", 0, 4}}, "asks for something that is not known"},
		{"nothing after the word", []symbol{{"__BTF_ID__func", 0, 4}}, "has no name"},
		{"no name", []symbol{{"__BTF_ID__func__", 0, 4}}, "has no name"},
		{"no name of a set", []symbol{{"__BTF_ID__set__", 0, 4}}, "has no name"},
		{"no number", []symbol{{"__BTF_ID__func__f", 0, 4}}, "has no number after the name"},
		{"one underscore", []symbol{{"__BTF_ID__func__f_1", 0, 4}}, "has no number after the name"},
		{"one underscore alone", []symbol{{"__BTF_ID__func___", 0, 4}}, "has no number after the name"},
		{"no number, name with underscores", []symbol{{"__BTF_ID__func__f__1_g", 0, 4}}, "has no number after the name"},
		{"empty name", []symbol{{"__BTF_ID__func____1", 0, 4}}, ""},
		{"last word", []symbol{{"__BTF_ID__func__f__1", 12, 4}}, ""},
		{"past the end", []symbol{{"__BTF_ID__func__f__1", 16, 4}}, "is outside of the section, which has 0x10 bytes"},
		{"far away", []symbol{{"__BTF_ID__func__f__1", 1 << 63, 4}}, "is outside of the section, which has 0x10 bytes"},
		{"before the section", []symbol{{"__BTF_ID__func__f__1", ^uint64(0), 4}}, "is outside of the section, which has 0x10 bytes"},
		{"set of no size", []symbol{{"__BTF_ID__set__s", 0, 0}}, "size 0 is not that of a set"},
		{"set8 of four bytes", []symbol{{"__BTF_ID__set8__s", 0, 4}}, "size 4 is not that of a set"},
		{"huge set", []symbol{{"__BTF_ID__set8__s", 0, ^uint64(0)}}, "size 18446744073709551615 is not that of a set"},
		{"set too long", []symbol{{"__BTF_ID__set__s", 0, 20}}, "4 IDs reach past the end of the section, which has 0x10 bytes"},
		{"set8 too long", []symbol{{"__BTF_ID__set8__s", 4, 16}}, "1 IDs reach past the end of the section, which has 0x10 bytes"},
		{"largest set8", []symbol{{"__BTF_ID__set8__s", 0, 16}}, ""},
		{"set between words", []symbol{{"__BTF_ID__set__s", 2, 8}}, "is not at the start of a word"},
		{"set twice", []symbol{{"__BTF_ID__set__s", 0, 4}, {"__BTF_ID__set__s", 8, 4}}, "there is another set of this name"},
		{"set and set8", []symbol{{"__BTF_ID__set__s", 0, 4}, {"__BTF_ID__set8__s", 8, 8}}, "there is another set of this name"},
		{"sets side by side", []symbol{{"__BTF_ID__set__a", 0, 8}, {"__BTF_ID__set__b", 8, 8}}, ""},
		{"sets overlap", []symbol{{"__BTF_ID__set8__a", 0, 16}, {"__BTF_ID__set__b", 8, 8}}, "overlaps with __BTF_ID__set8__a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := dwarftest.File{Sections: []dwarftest.Section{{Name: btfids.SectionName, Data: make([]byte, 16)}}}
			for _, s := range test.symbols {
				file.Symbols = append(file.Symbols, dwarftest.Symbol{Name: s.name, Value: s.value, Size: s.size, Section: btfids.SectionName})
			}
			table, err := read(t, file.Build(t))
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			last := test.symbols[len(test.symbols)-1]
			se := new(btfids.SymbolError)
			if table != nil || !errors.As(err, &se) || se.Msg != test.want || se.Symbol != last.name || se.Offset != last.value {
				t.Fatalf("got %v, want symbol %s: %s", err, last.name, test.want)
			}
			if text := err.Error(); !strings.HasPrefix(text, "file: .BTF_ids+0x") || !strings.HasSuffix(text, ": symbol "+last.name+": "+test.want) {
				t.Error(text)
			}
		})
	}
}

// A file with nothing to resolve is not a mistake, but one without the contents
// of the section is.
func TestReadNone(t *testing.T) {
	section := dwarftest.Section{Name: btfids.SectionName, Data: make([]byte, 4)}
	other := dwarftest.Section{Name: ".text", Data: make([]byte, 4)}
	symbol := dwarftest.Symbol{Name: "__BTF_ID__func__f__1", Size: 4}
	in := func(s string) []dwarftest.Symbol {
		sym := symbol
		sym.Section = s
		return []dwarftest.Symbol{sym}
	}
	for _, test := range []struct {
		name string
		file dwarftest.File
	}{
		{"no section", dwarftest.File{Sections: []dwarftest.Section{other}, Symbols: in(".text")}},
		{"no symbols", dwarftest.File{Sections: []dwarftest.Section{section}}},
	} {
		if _, err := read(t, test.file.Build(t)); !errors.Is(err, btfids.ErrNone) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	table := mustRead(t, (&dwarftest.File{Sections: []dwarftest.Section{other, section}, Symbols: in(".text")}).Build(t))
	if got := table.Resolve(goldentest.Parse(t, "", nil)); len(got.Warnings) != 0 || len(got.Data) != 4 {
		t.Errorf("a symbol of another section counts: %v", got)
	}
	file := dwarftest.File{
		Sections: []dwarftest.Section{{Name: btfids.SectionName, Type: 8, Size: 4}}, // SHT_NOBITS
		Symbols:  in(btfids.SectionName),
	}
	if _, err := read(t, file.Build(t)); err == nil || errors.Is(err, btfids.ErrNone) {
		t.Errorf("without data: %v", err)
	}
}
