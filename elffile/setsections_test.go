package elffile

import (
	"bytes"
	"debug/elf"
	"os"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

// set applies SetSections to a file and checks that everything else is as it was.
func set(t *testing.T, path string, opts Options, contents ...Content) {
	t.Helper()
	before := filetest.Read(t, path)
	opts.NoSync = true // there are hundreds of calls
	copied := path + ".copy"
	if err := mustNew(t, before).WriteCopy(copied, contents, opts); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(filetest.Read(t, path), before) {
		t.Fatal("WriteCopy changed the file that it copied")
	}
	if err := SetSections(path, contents, opts); err != nil {
		t.Fatal(err)
	}
	after := filetest.Read(t, path)
	if !bytes.Equal(filetest.Read(t, copied), after) {
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
		original := filetest.Read(t, path)

		// What objcopy --add-section makes.
		set(t, path, Options{}, Content{".BTF", fill8(1000, 'a')})
		first := filetest.Read(t, path)
		s := *mustNew(t, first).Section(".BTF")
		if s.Index != 7 || s.Type != elf.SHT_PROGBITS || s.Flags != 0 || s.Addr != 0 || s.AddrAlign != 1 || s.EntSize != 0 || s.Link != 0 || s.Info != 0 || s.Offset%8 != 0 {
			t.Errorf("%+v", s)
		}
		if grown := len(first) - len(original); grown > 1000+int(e.wire().shdr)+len(".BTF")+1+16 {
			t.Errorf("%d bytes more for a section of 1000", grown)
		}
		// The same again is the same file.
		set(t, path, Options{}, Content{".BTF", fill8(1000, 'a')})
		if !bytes.Equal(filetest.Read(t, path), first) {
			t.Error("setting the same contents again changes the file")
		}
		// Other sizes and back: no trace is left.
		for _, n := range []int{5000, 1, 0, 999, 1001, 1000} {
			set(t, path, Options{}, Content{".BTF", fill8(n, 'a')})
			if got := len(filetest.Read(t, path)); got > len(first)-1000+n+16 {
				t.Errorf("%d bytes for a section of %d, %d for 1000", got, n, len(first))
			}
		}
		if !bytes.Equal(filetest.Read(t, path), first) {
			t.Error("going back to the first contents gives another file")
		}
		// Split BTF with its base, and then without.
		set(t, path, Options{}, Content{".BTF", fill8(100, 'b')}, Content{".BTF.base", fill8(50, 'c')})
		both := filetest.Read(t, path)
		set(t, path, Options{}, Content{".BTF", fill8(100, 'b')}, Content{".BTF.base", fill8(50, 'c')})
		if !bytes.Equal(filetest.Read(t, path), both) {
			t.Error("setting two sections again changes the file")
		}
		set(t, path, Options{}, Content{".BTF", fill8(2000, 'd')}, Content{".BTF.base", nil})
		f := mustNew(t, filetest.Read(t, path))
		if len(f.Sections) != 9 || f.Sections[8].Type != elf.SHT_NULL || f.Sections[8].Name != "" {
			t.Errorf("%+v", f.Sections[7:])
		}
		// The free header is used again.
		set(t, path, Options{}, Content{".BTF", fill8(100, 'b')}, Content{".BTF.base", fill8(50, 'c')})
		if !bytes.Equal(filetest.Read(t, path), both) {
			t.Error("removing and adding .BTF.base gives another file")
		}
		// Both away: what is left is a little longer than at the beginning.
		set(t, path, Options{}, Content{".BTF", nil}, Content{".BTF.base", nil})
		if got := len(filetest.Read(t, path)); got > len(original)+2*int(e.wire().shdr)+32 {
			t.Errorf("%d bytes after removal, %d at first", got, len(original))
		}
		// What is not there cannot be removed; nothing happens.
		last := filetest.Read(t, path)
		info, _ := os.Stat(path)
		set(t, path, Options{}, Content{".BTF", nil}, Content{".nothing", nil})
		if now, _ := os.Stat(path); !bytes.Equal(filetest.Read(t, path), last) || !os.SameFile(info, now) {
			t.Error("the file was written although nothing had to change")
		}
	})
}

// A section in the middle of the file, as objcopy and linkers leave it.
func TestSetSectionInTheMiddle(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		sections := ordinary(o)
		relocs := testSection{name: ".rela.BTF", typ: elf.SHT_RELA, flags: elf.SHF_INFO_LINK, data: fill8(48, 1), link: 4, info: 6, align: 8, entSize: 24}
		e.sections = append(sections, testSection{name: ".BTF", data: fill8(1000, 'o'), align: 1},
			testSection{name: ".after", data: []byte("after"), align: 1}, relocs)
		data := e.build()
		offset := mustNew(t, data).Section(".BTF").Offset

		path := writeFile(t, "m.ko", data)
		set(t, path, Options{}, Content{".BTF", fill8(900, 'a')})
		small := filetest.Read(t, path)
		f := mustNew(t, small)
		if s := f.Section(".BTF"); s.Offset != offset || !bytes.Equal(small[offset+900:][:100], make([]byte, 100)) {
			t.Errorf("did not stay in place: %+v", s)
		}
		if f.Section(".rela.BTF") != nil {
			t.Error("the relocations of the old contents are still there")
		}
		set(t, path, Options{}, Content{".BTF", fill8(900, 'a')})
		if !bytes.Equal(filetest.Read(t, path), small) {
			t.Error("setting the same contents again changes the file")
		}
		for range 3 {
			set(t, path, Options{}, Content{".BTF", fill8(3000, 'b')})
		}
		large := filetest.Read(t, path)
		s := mustNew(t, large).Section(".BTF")
		if s.Offset <= offset || len(large) > len(small)+3000+16 || !bytes.Equal(large[offset:][:1000], make([]byte, 1000)) {
			t.Errorf("%d bytes, were %d: %+v", len(large), len(small), s)
		}
		// Smaller again: the tail shrinks.
		set(t, path, Options{}, Content{".BTF", fill8(3, 'c')})
		if got := len(filetest.Read(t, path)); got > len(small)+3+16 {
			t.Errorf("%d bytes, were %d", got, len(small))
		}

		path = writeFile(t, "m.ko", data)
		set(t, path, Options{}, Content{".BTF", nil})
		removed := filetest.Read(t, path)
		if got := mustNew(t, removed).Sections[6].Type; got != elf.SHT_NULL || !bytes.Equal(removed[offset:][:1000], make([]byte, 1000)) {
			t.Errorf("the removed section left %v and %q", got, removed[offset:][:10])
		}
	})
}

// A header that is inactive, but has the name, does not stand before the section that is added.
func TestSetSectionBesideInactive(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections = append(ordinary(o), testSection{name: ".BTF", data: fill8(8, 'x'), align: 1})
		data := e.build()
		before := mustNew(t, data)
		header := before.hdr.shoff + uint64(before.Section(".BTF").Index)*before.wire().shdr
		clear(data[header+4:][:4]) // sh_type
		path := writeFile(t, "m.ko", data)
		set(t, path, Options{}, Content{".BTF", fill8(100, 'b')})
		f, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := f.Section(".BTF").Data(); err != nil || !bytes.Equal(got, fill8(100, 'b')) {
			t.Errorf("the section of this name has %q, %v", got, err)
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
			if !bytes.Equal(filetest.Read(t, path), data) {
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
	f := mustNew(t, filetest.Read(t, path))
	if s := f.Section(".BTF"); s.Flags != elf.SHF_ALLOC || s.AddrAlign != 64 || s.Offset%64 != 0 {
		t.Errorf("%+v", s)
	}
	if s := f.Section(".nobits"); s.Type != elf.SHT_PROGBITS || s.Flags != 0 || s.Addr != 0 || s.AddrAlign != 1 {
		t.Errorf("%+v", s)
	}
	if s := f.Section(".packed"); s.Flags != 0 || s.Compressed() {
		t.Errorf("%+v", s)
	}
	before := filetest.Read(t, path)
	set(t, path, Options{}, Content{".BTF", fill8(1000, 'a')}, Content{".nobits", fill8(5, 'b')}, Content{".packed", fill8(5000, 'c')})
	if !bytes.Equal(before, filetest.Read(t, path)) {
		t.Error("setting the same contents again changes the file")
	}
}
