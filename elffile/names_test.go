package elffile

import (
	"bytes"
	"debug/elf"
	"fmt"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

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
		got := filetest.Read(t, path)
		checkContents(t, got, contents)
		f := mustNew(t, got)
		var names []string
		for i := range f.Sections {
			names = append(names, f.Sections[i].Name)
		}
		if want := "[       .shstrtab .BTF]"; fmt.Sprint(names) != want {
			t.Errorf("names %v, want %v", names, want)
		}
		if err := SetSections(path, contents, Options{}); err != nil || !bytes.Equal(filetest.Read(t, path), got) {
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
	if err := mustNew(t, filetest.Read(t, path)).Symbols(func(s Symbol) error { got = append(got, string(s.Name)); return nil }); err != nil {
		t.Error(err)
	}
	if fmt.Sprint(got) != "[.text .debug_str]" {
		t.Errorf("symbols %q", got)
	}
	compareWithStd(t, path)
}
