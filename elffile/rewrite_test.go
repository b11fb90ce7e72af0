package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// set applies SetSections to a file and checks that everything else is as it was.
func set(t *testing.T, path string, opts Options, contents ...Content) {
	t.Helper()
	before := readFile(t, path)
	opts.NoSync = true // there are hundreds of calls
	copied := path + ".copy"
	if err := WriteCopy(copied, path, bytes.NewReader(before), int64(len(before)), contents, opts); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(readFile(t, path), before) {
		t.Fatal("WriteCopy changed the file that it copied")
	}
	if err := SetSections(path, contents, opts); err != nil {
		t.Fatal(err)
	}
	after := readFile(t, path)
	if !bytes.Equal(readFile(t, copied), after) {
		t.Error("WriteCopy writes other bytes than SetSections")
	}
	checkContents(t, after, contents)
	checkRest(t, before, after, contents)
}

// checkContents checks the sections that were set.
func checkContents(t *testing.T, data []byte, contents []Content) {
	t.Helper()
	f := mustNew(t, data)
	for _, c := range contents {
		s := f.Section(c.Name)
		if c.Data == nil {
			if s != nil {
				t.Errorf("%s is still there: %+v", c.Name, s)
			}
			continue
		}
		if s == nil {
			t.Fatalf("%s is missing", c.Name)
		}
		got, err := f.SectionData(s)
		if err != nil || !bytes.Equal(got, c.Data) {
			t.Fatalf("%s: %d bytes, %v, want %d", c.Name, len(got), err, len(c.Data))
		}
	}
}

// checkRest compares the two files, read by debug/elf, apart from the sections
// that were set and the section names.
func checkRest(t *testing.T, before, after []byte, contents []Content) {
	t.Helper()
	old, err := elf.NewFile(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	now, err := elf.NewFile(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if old.FileHeader != now.FileHeader {
		t.Errorf("file header %+v, was %+v", now.FileHeader, old.FileHeader)
	}
	if len(old.Progs) != len(now.Progs) {
		t.Fatalf("%d program headers, were %d", len(now.Progs), len(old.Progs))
	}
	for i := range old.Progs {
		if old.Progs[i].ProgHeader != now.Progs[i].ProgHeader {
			t.Errorf("program header %d: %+v, was %+v", i, now.Progs[i].ProgHeader, old.Progs[i].ProgHeader)
		}
	}
	for i, s := range old.Sections {
		if i == 0 || s.Name == ".shstrtab" || slices.ContainsFunc(contents, func(c Content) bool {
			return c.Name == s.Name || ".rela"+c.Name == s.Name || s.Type == elf.SHT_NULL && c.Name == now.Sections[i].Name
		}) {
			continue
		}
		n := now.Sections[i]
		if s.SectionHeader != n.SectionHeader {
			t.Errorf("section %d: %+v, was %+v", i, n.SectionHeader, s.SectionHeader)
			continue
		}
		if s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL {
			continue
		}
		if !bytes.Equal(before[s.Offset:][:s.FileSize], after[n.Offset:][:n.FileSize]) {
			t.Errorf("contents of section %d %s changed", i, s.Name)
		}
	}
}

func fill8(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }

// The life of a file that is encoded again and again.
func TestSetSections(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = ordinary(o)
		path := writeFile(t, "m.ko", e.build())
		original := readFile(t, path)

		// What objcopy --add-section makes.
		set(t, path, Options{}, Content{".BTF", fill8(1000, 'a')})
		first := readFile(t, path)
		s := *mustNew(t, first).Section(".BTF")
		if s.Index != 7 || s.Type != elf.SHT_PROGBITS || s.Flags != 0 || s.Addr != 0 || s.AddrAlign != 1 || s.EntSize != 0 || s.Link != 0 || s.Info != 0 || s.Offset%8 != 0 {
			t.Errorf("%+v", s)
		}
		if grown := len(first) - len(original); grown > 1000+int(e.wire().shdr)+len(".BTF")+1+16 {
			t.Errorf("%d bytes more for a section of 1000", grown)
		}
		// The same again is the same file.
		set(t, path, Options{}, Content{".BTF", fill8(1000, 'a')})
		if !bytes.Equal(readFile(t, path), first) {
			t.Error("setting the same contents again changes the file")
		}
		// Other sizes and back: no trace is left.
		for _, n := range []int{5000, 1, 0, 999, 1001, 1000} {
			set(t, path, Options{}, Content{".BTF", fill8(n, 'a')})
			if got := len(readFile(t, path)); got > len(first)-1000+n+16 {
				t.Errorf("%d bytes for a section of %d, %d for 1000", got, n, len(first))
			}
		}
		if !bytes.Equal(readFile(t, path), first) {
			t.Error("going back to the first contents gives another file")
		}
		// Split BTF with its base, and then without.
		set(t, path, Options{}, Content{".BTF", fill8(100, 'b')}, Content{".BTF.base", fill8(50, 'c')})
		both := readFile(t, path)
		set(t, path, Options{}, Content{".BTF", fill8(100, 'b')}, Content{".BTF.base", fill8(50, 'c')})
		if !bytes.Equal(readFile(t, path), both) {
			t.Error("setting two sections again changes the file")
		}
		set(t, path, Options{}, Content{".BTF", fill8(2000, 'd')}, Content{".BTF.base", nil})
		f := mustNew(t, readFile(t, path))
		if len(f.Sections) != 9 || f.Sections[8].Type != elf.SHT_NULL || f.Sections[8].Name != "" {
			t.Errorf("%+v", f.Sections[7:])
		}
		// The free header is used again.
		set(t, path, Options{}, Content{".BTF", fill8(100, 'b')}, Content{".BTF.base", fill8(50, 'c')})
		if !bytes.Equal(readFile(t, path), both) {
			t.Error("removing and adding .BTF.base gives another file")
		}
		// Both away: what is left is a little longer than at the beginning.
		set(t, path, Options{}, Content{".BTF", nil}, Content{".BTF.base", nil})
		if got := len(readFile(t, path)); got > len(original)+2*int(e.wire().shdr)+32 {
			t.Errorf("%d bytes after removal, %d at first", got, len(original))
		}
		// What is not there cannot be removed; nothing happens.
		last := readFile(t, path)
		info, _ := os.Stat(path)
		set(t, path, Options{}, Content{".BTF", nil}, Content{".nothing", nil})
		if now, _ := os.Stat(path); !bytes.Equal(readFile(t, path), last) || !os.SameFile(info, now) {
			t.Error("the file was written although nothing had to change")
		}
	})
}

// A section in the midst of the file, as objcopy and linkers leave it.
func TestSetSectionInTheMidst(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		sections := ordinary(o)
		relocs := testSection{name: ".rela.BTF", typ: elf.SHT_RELA, flags: elf.SHF_INFO_LINK, data: fill8(48, 1), link: 4, info: 6, align: 8, entSize: 24}
		e.sections = append(sections, testSection{name: ".BTF", data: fill8(1000, 'o'), align: 1}, testSection{name: ".after", data: []byte("after"), align: 1}, relocs)
		data := e.build()
		offset := mustNew(t, data).Section(".BTF").Offset

		path := writeFile(t, "m.ko", data)
		set(t, path, Options{}, Content{".BTF", fill8(900, 'a')})
		small := readFile(t, path)
		f := mustNew(t, small)
		if s := f.Section(".BTF"); s.Offset != offset || !bytes.Equal(small[offset+900:][:100], make([]byte, 100)) {
			t.Errorf("did not stay in place: %+v", s)
		}
		if f.Section(".rela.BTF") != nil {
			t.Error("the relocations of the old contents are still there")
		}
		set(t, path, Options{}, Content{".BTF", fill8(900, 'a')})
		if !bytes.Equal(readFile(t, path), small) {
			t.Error("setting the same contents again changes the file")
		}
		for range 3 {
			set(t, path, Options{}, Content{".BTF", fill8(3000, 'b')})
		}
		large := readFile(t, path)
		s := mustNew(t, large).Section(".BTF")
		if s.Offset <= offset || len(large) > len(small)+3000+16 || !bytes.Equal(large[offset:][:1000], make([]byte, 1000)) {
			t.Errorf("%d bytes, were %d: %+v", len(large), len(small), s)
		}
		// Smaller again: the tail shrinks.
		set(t, path, Options{}, Content{".BTF", fill8(3, 'c')})
		if got := len(readFile(t, path)); got > len(small)+3+16 {
			t.Errorf("%d bytes, were %d", got, len(small))
		}

		path = writeFile(t, "m.ko", data)
		set(t, path, Options{}, Content{".BTF", nil})
		removed := readFile(t, path)
		if got := mustNew(t, removed).Sections[6].Type; got != elf.SHT_NULL || !bytes.Equal(removed[offset:][:1000], make([]byte, 1000)) {
			t.Errorf("the removed section left %v and %q", got, removed[offset:][:10])
		}
	})
}

// Data of the old size change nothing but these bytes, wherever the section and the
// headers are.
func TestSetSectionOfSameSize(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		for _, align := range []int{8, 4, 1} {
			e.tableAlign = align
			e.sections = append(ordinary(o), testSection{name: ".BTF_ids", flags: elf.SHF_ALLOC, data: fill8(33, 'o'), align: 1})
			data := e.build()
			path := writeFile(t, "m.ko", data)
			set(t, path, Options{}, Content{".BTF_ids", fill8(33, 'n')}, Content{".nothing", nil})
			copy(data[mustNew(t, data).Section(".BTF_ids").Offset:], fill8(33, 'n'))
			if !bytes.Equal(readFile(t, path), data) {
				t.Errorf("section headers at a multiple of %d: something else changed", align)
			}
		}
	})
}

func TestSetSectionKeepsItsKind(t *testing.T) {
	o := testOrder{}
	e := testELF{typ: elf.ET_REL, sections: append(ordinary(o),
		testSection{name: ".BTF", flags: elf.SHF_ALLOC, data: fill8(10, 'o'), align: 64},
		testSection{name: ".nobits", typ: elf.SHT_NOBITS, flags: elf.SHF_ALLOC, addr: 0x1000, size: 77, align: 4096},
		compressedSection(o, ".packed", elf.COMPRESS_ZLIB, 0, zlibBytes(t, nil)))}
	path := writeFile(t, "m.ko", e.build())
	set(t, path, Options{}, Content{".BTF", fill8(1000, 'a')}, Content{".nobits", fill8(5, 'b')}, Content{".packed", fill8(5000, 'c')})
	f := mustNew(t, readFile(t, path))
	if s := f.Section(".BTF"); s.Flags != elf.SHF_ALLOC || s.AddrAlign != 64 || s.Offset%64 != 0 {
		t.Errorf("%+v", s)
	}
	if s := f.Section(".nobits"); s.Type != elf.SHT_PROGBITS || s.Flags != 0 || s.Addr != 0 || s.AddrAlign != 1 {
		t.Errorf("%+v", s)
	}
	if s := f.Section(".packed"); s.Flags != 0 || s.Compressed() {
		t.Errorf("%+v", s)
	}
	before := readFile(t, path)
	set(t, path, Options{}, Content{".BTF", fill8(1000, 'a')}, Content{".nobits", fill8(5, 'b')}, Content{".packed", fill8(5000, 'c')})
	if !bytes.Equal(before, readFile(t, path)) {
		t.Error("setting the same contents again changes the file")
	}
}

// vmlinuxLike has .BTF in its only segment, with a section behind it.
func vmlinuxLike(o testOrder) testELF {
	e := testELF{class32: o.class32, big: o.big, typ: elf.ET_EXEC, sections: append([]testSection{
		{name: ".rodata", flags: elf.SHF_ALLOC, addr: 0x1000, data: fill8(64, 'r'), align: 8},
		{name: ".BTF", flags: elf.SHF_ALLOC, addr: 0x1040, data: fill8(96, 'o'), align: 1},
		{name: ".BTF_ids", flags: elf.SHF_ALLOC, addr: 0x10a0, data: fill8(32, 'i'), align: 1},
	}, ordinary(o)...), loaded: []int{1, 2, 3}}
	e.sections[6].link, e.sections[7].link = 8, 0
	return e
}

func TestSetSectionInSegment(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e = vmlinuxLike(o)
		data := e.build()
		place := *mustNew(t, data).Section(".BTF")

		path := writeFile(t, "vmlinux", data)
		set(t, path, Options{}, Content{".BTF", fill8(96, 'n')})
		if got := readFile(t, path); len(got) != len(data) || *mustNew(t, got).Section(".BTF") != place {
			t.Errorf("%d bytes, were %d; %+v", len(got), len(data), mustNew(t, got).Section(".BTF"))
		}

		path = writeFile(t, "vmlinux", data)
		for _, c := range []struct {
			size   int
			shrink bool
		}{{97, false}, {97, true}, {95, false}, {0, false}} {
			err := SetSections(path, []Content{{".BTF", fill8(c.size, 'n')}, {".BTF.base", []byte("x")}}, Options{ShrinkLoaded: c.shrink})
			var loaded *LoadedError
			if !errors.As(err, &loaded) || *loaded != (LoadedError{path, ".BTF", 96, uint64(c.size)}) {
				t.Errorf("%d bytes: %v", c.size, err)
			}
			if !bytes.Equal(readFile(t, path), data) {
				t.Fatalf("%d bytes: the file was changed", c.size)
			}
		}
		moved := writeFile(t, "moved", data)
		set(t, moved, Options{MoveLoaded: true}, Content{".BTF", fill8(200, 'n')})
		after := readFile(t, moved)
		m := mustNew(t, after).Section(".BTF")
		if m.Flags != 0 || m.Addr != 0 || m.Size != 200 || m.Index != place.Index || !bytes.Equal(after[m.Offset:][:200], fill8(200, 'n')) {
			t.Errorf("moved out of the segment: %+v", m)
		}
		if !bytes.Equal(after[place.Offset:][:place.FileSize], data[place.Offset:][:place.FileSize]) {
			t.Error("moving a section changed the segment")
		}

		set(t, path, Options{ShrinkLoaded: true}, Content{".BTF", fill8(90, 'n')})
		got := readFile(t, path)
		s := mustNew(t, got).Section(".BTF")
		if s.Offset != place.Offset || s.Addr != place.Addr || s.Flags != place.Flags || !bytes.Equal(got[s.Offset+90:][:6], make([]byte, 6)) {
			t.Errorf("%+v", s)
		}

		// Removal leaves the segment alone.
		path = writeFile(t, "vmlinux", data)
		set(t, path, Options{}, Content{".BTF", nil})
		if got := readFile(t, path); !bytes.Equal(got[place.Offset:][:96], fill8(96, 'o')) {
			t.Error("the segment was changed")
		}
		// Sections of other names go to the end.
		set(t, path, Options{}, Content{".BTF.base", fill8(300, 'b')})
	})
}

// Section names in a segment cannot grow there.
func TestSectionNamesInSegment(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e = vmlinuxLike(o)
		data := e.build()
		f := mustNew(t, data)
		w := e.wire()
		names := f.Section(".shstrtab").span()
		// The segment reaches to the end of the names.
		segment := f.word(data[w.ehdr+uint64(w.word):])
		sizeAt := w.ehdr + 16
		if !e.class32 {
			segment, sizeAt = f.word(data[w.ehdr+8:]), w.ehdr+32
		}
		f.putWord(data[sizeAt:], names.end-segment)
		f.putWord(data[f.hdr.shoff+uint64(f.hdr.shstrndx)*w.shdr+8:], uint64(elf.SHF_ALLOC))

		path := writeFile(t, "vmlinux", data)
		set(t, path, Options{}, Content{".new", fill8(300, 'b')})
		got := readFile(t, path)
		g := mustNew(t, got)
		if int(g.hdr.shstrndx) != len(f.Sections) || !bytes.Equal(got[names.start:names.end], data[names.start:names.end]) {
			t.Errorf("names in section %d of %d", g.hdr.shstrndx, len(g.Sections))
		}
		set(t, path, Options{}, Content{".new", fill8(300, 'b')})
		if !bytes.Equal(readFile(t, path), got) {
			t.Error("setting the same contents again changes the file")
		}
	})
}

// A file without section names gets some for the new sections.
func TestNoSectionNames(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = ordinary(o)
		data := e.build()
		w := e.wire()
		mustNew(t, data).Order.PutUint16(data[w.shstrndx:], 0)
		if f := mustNew(t, data); f.Sections[3].Name != "" || f.Section(".text") != nil {
			t.Fatalf("%+v", f.Sections)
		}
		path := writeFile(t, "m.ko", data)
		contents := []Content{{".BTF", fill8(300, 'b')}}
		if err := SetSections(path, contents, Options{}); err != nil {
			t.Fatal(err)
		}
		got := readFile(t, path)
		checkContents(t, got, contents)
		f := mustNew(t, got)
		var names []string
		for i := range f.Sections {
			names = append(names, f.Sections[i].Name)
		}
		if want := "[       .shstrtab .BTF]"; fmt.Sprint(names) != want {
			t.Errorf("names %v, want %v", names, want)
		}
		if err := SetSections(path, contents, Options{}); err != nil || !bytes.Equal(readFile(t, path), got) {
			t.Errorf("setting the same contents again changes the file, %v", err)
		}
		compareWithStd(t, path)
	})
}

// The names of sections and symbols in one table, as clang writes them.
func TestSharedStringTable(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}
	e.sections = e.sections[:4]
	e.sections[3].link = 5 // .shstrtab
	data := e.build()
	f := mustNew(t, data)
	off := f.Sections[4].Offset
	f.Order.PutUint32(data[off+wire64.sym:], f.Sections[1].nameOff)
	f.Order.PutUint32(data[off+2*wire64.sym:], f.Sections[3].nameOff)
	path := writeFile(t, "m.ko", data)
	set(t, path, Options{}, Content{".BTF", fill8(300, 'b')})
	var got []string
	if err := mustNew(t, readFile(t, path)).Symbols(func(s Symbol) error { got = append(got, string(s.Name)); return nil }); err != nil {
		t.Error(err)
	}
	if fmt.Sprint(got) != "[.text .debug_str]" {
		t.Errorf("symbols %q", got)
	}
	compareWithStd(t, path)
}

// Data that no header describes stay where they are.
func TestTrailingData(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{}), trailer: []byte("appended to the file")}
	data := e.build()
	path := writeFile(t, "m.ko", data)
	for _, n := range []int{10, 1000, 50} {
		set(t, path, Options{}, Content{".BTF", fill8(n, 'b')})
		got := readFile(t, path)
		at := len(data) - len(e.trailer)
		if !bytes.Equal(got[at:][:len(e.trailer)], e.trailer) {
			t.Errorf("the data are gone")
		}
		if len(got) > len(data)+n+len(data)/2+1000 {
			t.Errorf("%d bytes for a section of %d, the file had %d", len(got), n, len(data))
		}
	}
}

// Numbers in section header 0 go back to the file header if they fit there.
func TestNeedlesslyExtendedNumbers(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections, e.extended = ordinary(o), true
		path := writeFile(t, "m.ko", e.build())
		contents := []Content{{".BTF", fill8(1000, 'a')}}
		if err := SetSections(path, contents, Options{}); err != nil {
			t.Fatal(err)
		}
		checkContents(t, readFile(t, path), contents)
		compareWithStd(t, path)
	})
}

// 16-bit section numbers end at 0xfeff.
func TestManySections(t *testing.T) {
	for _, num := range []int{int(elf.SHN_LORESERVE) - 2, int(elf.SHN_LORESERVE) - 1, int(elf.SHN_LORESERVE), 70000} {
		e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}
		for i := len(e.sections) + 2; i < num; i++ {
			e.sections = append(e.sections, testSection{name: fmt.Sprint(".s", i), data: []byte{byte(i)}, align: 1})
		}
		path := writeFile(t, "m.o", e.build())
		contents := []Content{{".BTF", fill8(300, 'b')}, {".BTF.base", fill8(200, 'c')}}
		if err := SetSections(path, contents, Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		data := readFile(t, path)
		checkContents(t, data, contents)
		f := mustNew(t, data)
		if len(f.Sections) != num+2 || f.Sections[f.hdr.shstrndx].Name != ".shstrtab" {
			t.Fatalf("%d sections, want %d; names in %d", len(f.Sections), num+2, f.hdr.shstrndx)
		}
		compareWithStd(t, path)
		if err := SetSections(path, contents, Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(readFile(t, path), data) {
			t.Errorf("%d sections: setting the same contents again changes the file", num)
		}
	}
}

func TestSetSectionsRefuses(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: append(ordinary(testOrder{}), testSection{name: ".twice"}, testSection{name: ".twice"})}
	data := e.build()
	path := writeFile(t, "m.ko", data)
	for _, c := range []struct {
		contents []Content
		want     string
	}{
		{[]Content{{"", []byte("x")}}, `"" cannot be the name of a section`},
		{[]Content{{"a\x00b", []byte("x")}}, "cannot be the name"},
		{[]Content{{".BTF", []byte("x")}, {".BTF", nil}}, "two contents for one section .BTF"},
		{[]Content{{".twice", []byte("x")}}, ".twice+0x0: sections 6 and 7 have this name"},
		{[]Content{{".shstrtab", nil}}, ".shstrtab+0x0: the section holds the section names"},
	} {
		err := SetSections(path, c.contents, Options{})
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		if !bytes.Equal(readFile(t, path), data) {
			t.Errorf("%s: the file was changed", c.want)
		}
	}
}

// A 32-bit file cannot become larger than 4 GiB.
func TestSetSectionTooLarge(t *testing.T) {
	e := testELF{class32: true, typ: elf.ET_REL, sections: ordinary(testOrder{class32: true})}
	data := e.build()
	end := int64(1<<32 - 100)
	f, err := parse("big.o", sparse{data}, end)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = f.edit([]Content{{".BTF", fill8(200, 'x')}}, Options{})
	var format *FormatError
	if !errors.As(err, &format) || !strings.Contains(err.Error(), "4 GiB") {
		t.Error(err)
	}
}

// sparse is data followed by bytes that are no padding.
type sparse struct{ data []byte }

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(s.data)) {
		n = copy(p, s.data[off:])
	}
	for i := range p[n:] {
		p[n+i] = 0xff
	}
	return len(p), nil
}

// signature is an appended module signature with n bytes of PKCS #7.
func signature(n int) string {
	info := testOrder{big: true}.u32([]byte{0, 0, 2, 1, 2, 0, 0, 0}, uint32(n))
	return "SKK" + strings.Repeat("p", n) + string(info) + signatureMagic
}

func TestSignedModule(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}
	plain := e.build()
	plainPath := writeFile(t, "plain.ko", plain)
	contents := []Content{{".BTF", fill8(300, 'b')}}
	if err := SetSections(plainPath, contents, Options{}); err != nil {
		t.Fatal(err)
	}
	want := readFile(t, plainPath)

	for _, trailer := range []string{signature(500), signature(0), signature(77) + signature(33)} {
		signed := append(bytes.Clone(plain), trailer...)
		path := writeFile(t, "signed.ko", signed)
		err := SetSections(path, contents, Options{})
		var signedErr *SignedError
		if !errors.As(err, &signedErr) || err.Error() != path+": signed module: a change would invalidate the appended signature" || !bytes.Equal(readFile(t, path), signed) {
			t.Errorf("%v", err)
		}
		if err := SetSections(path, contents, Options{DropSignature: true}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(readFile(t, path), want) {
			t.Error("the file differs from that of a module that was never signed")
		}
	}
	for _, trailer := range []string{signature(500)[400:], signatureMagic[1:]} {
		data := append(bytes.Clone(plain), trailer...)
		if trailer[0] != '~' && strings.HasSuffix(trailer, signatureMagic) {
			// Claims more bytes than there are in the file.
			copy(data[len(data)-len(signatureMagic)-4:], "\xff\xff\xff\xff")
			err := SetSections(writeFile(t, "s.ko", data), contents, Options{DropSignature: true})
			var format *FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), "appended signature of 4294967298 bytes") {
				t.Error(err)
			}
		} else if err := SetSections(writeFile(t, "s.ko", data), contents, Options{}); err != nil {
			t.Errorf("half a magic line: %v", err)
		}
	}
}

// Files that contradict themselves, found by FuzzOpen: none must end up with
// contents other than those asked for, or grow every time.
func TestSetSectionsInDamagedFiles(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		contents := []Content{{".BTF", fill8(60, 'n')}, {".BTF.base", fill8(10, 'b')}}
		w := e.wire()
		for _, c := range []struct {
			name    string
			vmlinux bool
			change  func(f *File, data []byte)
			refused string
		}{
			{"program headers in the file header", true, func(f *File, data []byte) {
				f.putWord(data[24+w.word:], 4)
			}, "offset 0x4: the program headers lie in the ELF header"},
			{"too many program headers", true, func(f *File, data []byte) {
				f.Order.PutUint16(data[w.shnum-4:], 1000)
			}, "1000 program headers do not fit"},
			{"program headers of another size", true, func(f *File, data []byte) {
				f.Order.PutUint16(data[w.shnum-6:], 7)
			}, "program headers of 7 bytes"},
			{".BTF in the file header and a segment", true, func(f *File, data []byte) {
				f.putWord(data[f.headerAt(2)+8+2*w.word:], 0)
				f.putWord(data[w.ehdr+segmentOffset(w):], 0)
			}, ".BTF+0x0: shares its place in the file with headers"},
			{".BTF on top of another section in a segment", true, func(f *File, data []byte) {
				f.putWord(data[f.headerAt(2)+8+2*w.word:], f.Sections[3].Offset)
			}, ".BTF+0x0: shares its place in the file with .BTF_ids"},
			{".BTF on top of another section", false, func(f *File, data []byte) {
				f.putWord(data[f.headerAt(6)+8+2*w.word:], f.Sections[1].Offset)
			}, ""},
			{".BTF in the section headers", false, func(f *File, data []byte) {
				f.putWord(data[f.headerAt(6)+8+2*w.word:], f.hdr.shoff)
			}, ""},
			{"a section on top of the section headers", false, func(f *File, data []byte) {
				f.putWord(data[f.headerAt(1)+8+2*w.word:], f.hdr.shoff-10)
				f.putWord(data[f.headerAt(1)+8+3*w.word:], uint64(len(data))-f.hdr.shoff)
			}, ""},
			{"relocations of a section that is not there", false, func(f *File, data []byte) {
				p := data[f.headerAt(3):]
				f.Order.PutUint32(p[4:], uint32(elf.SHT_REL))
				f.Order.PutUint32(p[8+4*w.word+4:], uint32(len(f.Sections)))
			}, ""},
		} {
			e.sections, e.loaded = append(ordinary(o), testSection{name: ".BTF", data: fill8(70, 'o'), align: 1}), nil
			if c.vmlinux {
				e = vmlinuxLike(o)
			}
			data := e.build()
			c.change(mustNew(t, data), data)
			first, err := setInMemory(data, contents, Options{ShrinkLoaded: true})
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("%s: %v, want %q", c.name, err, c.refused)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			checkContents(t, first, contents)
			second, err := setInMemory(first, contents, Options{ShrinkLoaded: true})
			if err != nil || !bytes.Equal(second, first) {
				t.Errorf("%s: setting the same contents again changes the file, %v", c.name, err)
			}
		}
	})
}

// headerAt returns the file offset of a section header.
func (f *File) headerAt(index int) int {
	return int(f.hdr.shoff) + index*int(f.wire().shdr)
}

// segmentOffset returns where a program header has the segment's file offset.
func segmentOffset(w *wire) uint64 { return uint64(w.word) }
