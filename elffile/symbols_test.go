package elffile

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

func TestSymbols(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = ordinary(o)
		f := mustNew(t, e.build())
		var got []string
		err := f.Symbols(func(s Symbol) error {
			got = append(got, fmt.Sprintf("%s %v %v %#x+%d in %d %v", s.Name, s.Bind(), s.Type(), s.Value, s.Size, s.Shndx, s.Reserved))
			return nil
		})
		want := []string{"first STB_LOCAL STT_FUNC 0x10+32 in 1 false", "second STB_GLOBAL STT_OBJECT 0x30+4 in 65521 true"}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		stop := errors.New("stop")
		calls := 0
		if err := f.Symbols(func(Symbol) error { calls++; return stop }); err != stop || calls != 1 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

func TestSymbolsDamaged(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		sym := int(e.wire().sym)
		for _, c := range []struct {
			name   string
			change func(symtab, strtab *testSection)
			want   string
		}{
			{"no names", func(symtab, _ *testSection) { symtab.link = 0 }, ".symtab+0x0: the symbol names are said to be in section 0 of 7"},
			{"names nowhere", func(symtab, _ *testSection) { symtab.link = 7 }, "in section 7 of 7"},
			{"names in .bss", func(symtab, _ *testSection) { symtab.link = 2 }, ".bss+0x0: the section has no data"},
			{"name outside", func(symtab, _ *testSection) {
				o.append().(binary.ByteOrder).PutUint32(symtab.data[sym:],
					14)
			}, fmt.Sprintf(".symtab+%#x: name of symbol 1 is outside", sym)},
			{"name without end", func(_, strtab *testSection) { strtab.data = []byte("\x00first\x00second") },
				fmt.Sprintf(".symtab+%#x: name of symbol 2 does not end", 2*sym)},
			{"half a symbol", func(symtab, _ *testSection) { symtab.data = symtab.data[:len(symtab.data)-1] },
				fmt.Sprintf(".symtab+%#x: the section ends inside a symbol", 2*sym)},
			{"no section number", func(symtab, _ *testSection) {
				order := o.append().(binary.ByteOrder)
				at := 2*sym - 2
				if !o.class32 {
					at = sym + 6
				}
				order.PutUint16(symtab.data[at:], uint16(elf.SHN_XINDEX))
			}, fmt.Sprintf(".symtab+%#x: section number of symbol 1 is missing", sym)},
		} {
			e.sections = ordinary(o)
			c.change(&e.sections[3], &e.sections[4])
			err := mustNew(t, e.build()).Symbols(func(Symbol) error { return nil })
			var format *FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		}
	})
}

// A symbol in a section whose number does not fit 16 bits, among more symbols
// than are read at once.
func TestSymbolsExtendedSectionNumber(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = ordinary(o)
		const num = symChunk + 10
		const odd = symChunk + 3
		var syms, xindex []byte
		for i := range num {
			shndx, x := uint16(1), uint32(0)
			if i == odd {
				shndx, x = uint16(elf.SHN_XINDEX), 70000
			}
			syms = o.symbol(syms, 1, 0, shndx, uint64(i), 0)
			xindex = o.u32(xindex, x)
		}
		e.sections[3].data = syms
		e.sections = append(e.sections, testSection{name: ".symtab_shndx", typ: elf.SHT_SYMTAB_SHNDX, data: xindex, link: 4, align: 4})
		next := uint64(1)
		err := mustNew(t, e.build()).Symbols(func(s Symbol) error {
			want := uint32(1)
			if next == odd {
				want = 70000
			}
			if s.Value != next || s.Shndx != want || s.Reserved {
				t.Errorf("symbol %d: %+v", next, s)
			}
			next++
			return nil
		})
		if err != nil || next != num {
			t.Errorf("%d symbols, %v", next, err)
		}
	})
}

// compareWithStd compares all headers, contents and symbols with debug/elf.
func compareWithStd(t *testing.T, path string) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	std, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer std.Close()
	if f.Type != std.Type || f.Machine != std.Machine || f.Order != std.ByteOrder || len(f.Sections) != len(std.Sections) {
		t.Fatalf("%v %v %v with %d sections, debug/elf: %+v with %d", f.Type, f.Machine, f.Order, len(f.Sections), std.FileHeader, len(std.Sections))
	}
	for i, want := range std.Sections {
		s := &f.Sections[i]
		got := elf.SectionHeader{Name: s.Name, Type: s.Type, Flags: s.Flags, Addr: s.Addr, Offset: s.Offset, Size: s.Size,
			Link: s.Link, Info: s.Info, Addralign: s.AddrAlign, Entsize: s.EntSize, FileSize: s.FileSize}
		if !s.HasData() {
			got.FileSize = want.FileSize // debug/elf gives the size where there are no data
		}
		if i > 0 && got != want.SectionHeader {
			t.Errorf("section %d: %+v, debug/elf: %+v", i, got, want.SectionHeader)
		}
		if !s.HasData() || s.Size > 64<<20 {
			continue
		}
		data, err := f.SectionData(s)
		if err != nil {
			t.Errorf("section %d: %v", i, err)
			continue
		}
		stdData, err := want.Data()
		if err != nil {
			t.Fatal(err)
		}
		if string(data) != string(stdData) {
			t.Errorf("section %d %s: contents differ from those of debug/elf", i, s.Name)
		}
	}

	syms, err := std.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	i := 0
	err = f.Symbols(func(s Symbol) error {
		if i >= len(syms) {
			return fmt.Errorf("more than %d symbols", len(syms))
		}
		want := syms[i]
		if string(s.Name) != want.Name || s.Value != want.Value || s.Size != want.Size || s.Info != want.Info || s.Other != want.Other || uint16(s.Shndx) != uint16(want.Section) {
			t.Errorf("symbol %d: %s %+v, debug/elf: %+v", i+1, s.Name, s, want)
		}
		i++
		return nil
	})
	if err != nil && !errors.Is(err, ErrNoSymtab) || i != len(syms) {
		t.Errorf("%d symbols, %v, debug/elf: %d", i, err, len(syms))
	}
}

func TestAgainstDebugELF(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		text := []byte(strings.Repeat("text, ", 1000))
		e.sections = append(ordinary(o),
			compressedSection(o, ".debug_line", elf.COMPRESS_ZLIB, uint64(len(text)), zlibBytes(t, text)),
			compressedSection(o, ".debug_info", elf.COMPRESS_ZSTD, uint64(len(text)), zstdBytes(t, text)))
		compareWithStd(t, writeFile(t, "x.o", e.build()))
	})
}

func TestKernelAgainstDebugELF(t *testing.T) {
	compareWithStd(t, peer.Vmlinux(t, "612c"))
	for i, module := range peer.Modules(t, "612c") {
		if i%40 == 0 {
			compareWithStd(t, module)
		}
	}
}

// BenchmarkSymbols reads some 190,000 symbols.
func BenchmarkSymbols(b *testing.B) {
	f, err := Open(peer.Vmlinux(b, "612c"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	b.SetBytes(int64(f.Section(".symtab").Size))
	for b.Loop() {
		names := 0
		if err := f.Symbols(func(s Symbol) error { names += len(s.Name); return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
