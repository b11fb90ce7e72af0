package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenRefusesWhatIsNoELF(t *testing.T) {
	dir := t.TempDir()
	put := func(name, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ path, reason string }{
		{dir, "is a directory"},
		{link, "is a directory"},
		{put("empty", ""), "empty file"},
		{put("short", "\x7fEL"), "not an ELF file"},
		{put("text", "# not an object file, but longer than any header of one would be\n"), "not an ELF file"},
	}
	for path, reason := range specialFiles(t, dir) {
		cases = append(cases, struct{ path, reason string }{path, reason})
	}
	for _, c := range cases {
		for what, err := range map[string]error{
			"Open":        openAndClose(c.path),
			"SetSections": SetSections(c.path, []Content{{".BTF", []byte("x")}}, Options{}),
		} {
			var notELF *NotELFError
			if !errors.As(err, &notELF) || err.Error() != c.path+": "+c.reason {
				t.Errorf("%s(%s) = %v, want %q", what, c.path, err, c.reason)
			}
		}
	}
	if err := openAndClose(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func openAndClose(path string) error {
	f, err := Open(path)
	if err == nil {
		f.Close()
	}
	return err
}

// A file cut off at any place gives a FormatError that says so, unless it is cut
// within the magic.
func TestOpenTruncated(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = ordinary(o)
		data := e.build()
		mustNew(t, data)
		for n := len(elf.ELFMAG); n < len(data); n++ {
			_, err := New("cut.o", bytes.NewReader(data[:n]), int64(n))
			var format *FormatError
			if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), "cut.o: ") {
				t.Fatalf("%d of %d bytes: %v", n, len(data), err)
			}
			if n > 64 && !strings.Contains(err.Error(), "truncated") {
				t.Fatalf("%d of %d bytes: %v", n, len(data), err)
			}
		}
	})
}

func TestDamagedHeaders(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = ordinary(o)
		good := e.build()
		w := e.wire()
		f := mustNew(t, good)
		shdr := func(index, field int) int { // field: of the class's address size, after name and type
			return int(f.hdr.shoff) + index*int(w.shdr) + 8 + field*w.word
		}
		huge := uint64(1) << 60
		if e.class32 {
			huge = 1 << 31
		}
		cases := []struct {
			name   string
			change func(p []byte)
			want   string
		}{
			{"class", func(p []byte) { p[elf.EI_CLASS] = 3 }, "offset 0x4: unknown ELF class 3"},
			{"byte order", func(p []byte) { p[elf.EI_DATA] = 0 }, "offset 0x5: unknown ELF byte order 0"},
			{"version", func(p []byte) { p[elf.EI_VERSION] = 9 }, "offset 0x6: unknown ELF version 9"},
			{"entry size", func(p []byte) { f.Order.PutUint16(p[w.shnum-2:], 17) }, "section headers of 17 bytes"},
			{"no table", func(p []byte) { f.putWord(p[w.shoff:], 0) }, "7 sections, but no section header table"},
			{"table past the end", func(p []byte) { f.putWord(p[w.shoff:], huge) }, "truncated"},
			{"too many sections", func(p []byte) { f.Order.PutUint16(p[w.shnum:], 0xfe00) }, "65024 section headers do not fit"},
			{"far too many sections", func(p []byte) {
				f.Order.PutUint16(p[w.shnum:], 0)
				f.putWord(p[shdr(0, 3):], huge)
			}, fmt.Sprint(huge, " section headers do not fit")},
			{"names outside of the table", func(p []byte) { f.Order.PutUint16(p[w.shstrndx:], 7) }, "section 7 of 7"},
			{"names without data", func(p []byte) { f.Order.PutUint16(p[w.shstrndx:], 2) },
				".shstrtab+0x0: section 2, said to hold the section names, has no data"},
			{"huge names", func(p []byte) { f.putWord(p[shdr(6, 3):], huge) }, fmt.Sprint(".shstrtab+0x0: section 6 has ", huge, " bytes")},
			{"huge section", func(p []byte) { f.putWord(p[shdr(3, 3):], huge) },
				fmt.Sprintf(".debug_str+0x0: section 3 has %d bytes at file offset %#x, the file has only %d", huge,
					f.Sections[3].Offset, len(good))},
			{"size and offset overflow", func(p []byte) {
				f.putWord(p[shdr(3, 2):], huge*2-16)
				f.putWord(p[shdr(3, 3):], 32)
			}, ".debug_str+0x0: section 3 has 32 bytes"},
			{"name outside of the names", func(p []byte) { f.Order.PutUint32(p[shdr(3, 0)-8:], 1<<20) }, "name of section 3 is outside"},
			{"name without an end", func(p []byte) { p[f.Sections[6].Offset+f.Sections[6].Size-1] = 'x' }, "name of section 6 does not end"},
		}
		for _, c := range cases {
			data := bytes.Clone(good)
			c.change(data)
			_, err := New("bad.o", bytes.NewReader(data), int64(len(data)))
			var format *FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		}
	})
}

func TestFileWithoutSections(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, _ testOrder) {
		w := e.wire()
		data := e.build()[:w.ehdr]
		clear(data[w.shoff:][:w.word])
		clear(data[w.shnum:][:4])
		f := mustNew(t, data)
		if len(f.Sections) != 0 || f.Section(".text") != nil {
			t.Errorf("%+v", f.Sections)
		}
		if err := f.Symbols(nil); !errors.Is(err, ErrNoSymtab) {
			t.Error(err)
		}
		path := writeFile(t, "x", data)
		var format *FormatError
		if err := SetSections(path, []Content{{".BTF", []byte("x")}}, Options{}); !errors.As(err, &format) {
			t.Error(err)
		}
	})
}

// Contents of a small file, in every class and byte order.
func TestSections(t *testing.T) {
	for _, extended := range []bool{false, true} {
		eachClass(t, func(t *testing.T, e testELF, o testOrder) {
			e.sections, e.extended = ordinary(o), extended
			f := mustNew(t, e.build())
			if len(f.Sections) != 7 || f.Type != elf.ET_REL || f.Class64 == e.class32 {
				t.Fatalf("%+v", f)
			}
			for i, want := range e.sections {
				s := f.Section(want.name)
				if s == nil || s.Index != i+1 || s != &f.Sections[i+1] {
					t.Fatalf("section %s: %+v", want.name, s)
				}
				if want.typ == elf.SHT_NOBITS {
					continue
				}
				data, err := f.SectionData(s)
				if err != nil || !bytes.Equal(data, want.data) {
					t.Errorf("section %s: %q, %v", want.name, data, err)
				}
				part := make([]byte, 3)
				if err := f.ReadSectionAt(s, part, 2); err != nil || !bytes.Equal(part, want.data[2:5]) {
					t.Errorf("section %s at 2: %q, %v", want.name, part, err)
				}
				for _, off := range []uint64{s.Size - 2, s.Size + 1, 1<<64 - 1} {
					var format *FormatError
					if err := f.ReadSectionAt(s, part, off); !errors.As(err, &format) || format.Section != want.name || format.Offset != off {
						t.Errorf("section %s at %d: %v", want.name, off, err)
					}
				}
				if err := f.ReadSectionAt(s, nil, s.Size); err != nil {
					t.Errorf("nothing at the end: %v", err)
				}
			}
			bss := f.Section(".bss")
			if bss.HasData() || bss.Size != 1<<30 || bss.FileSize != 0 {
				t.Errorf("%+v", bss)
			}
			if _, err := f.SectionData(bss); err == nil || err.Error() != "test.o: .bss+0x0: the section has no data in this file (SHT_NOBITS)" {
				t.Error(err)
			}
			if err := f.ReadSectionAt(bss, make([]byte, 1), 0); err == nil {
				t.Error("read from .bss")
			}
			if f.Section(".nothing") != nil || f.Section("") != nil {
				t.Error("found what is not there")
			}
		})
	}
}

// A file that becomes shorter while it is read gives an error, unless it is small.
func TestFileShrinks(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}
	path := writeFile(t, "x.o", e.build())
	if err := os.Truncate(path, maxWhole+1); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := f.Section(".debug_str")
	if err := os.Truncate(path, int64(s.Offset)+3); err != nil {
		t.Fatal(err)
	}
	_, err = f.SectionData(s)
	var format *FormatError
	if !errors.As(err, &format) || format.Offset != s.Offset+3 {
		t.Errorf("%v", err)
	}
}
