package elffile

import (
	"bytes"
	"debug/elf"
	"fmt"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

// Numbers in section header 0 go back to the file header if they fit there.
func TestNeedlesslyExtendedNumbers(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		e.sections, e.extended = ordinary(o), true
		path := writeFile(t, "m.ko", e.build())
		contents := []Content{{".BTF", fill8(1000, 'a')}}
		if err := SetSections(path, contents, Options{}); err != nil {
			t.Fatal(err)
		}
		checkContents(t, filetest.Read(t, path), contents)
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
		data := filetest.Read(t, path)
		checkContents(t, data, contents)
		f := mustNew(t, data)
		if len(f.Sections) != num+2 || f.Sections[f.hdr.shstrndx].Name != ".shstrtab" {
			t.Fatalf("%d sections, want %d; names in %d", len(f.Sections), num+2, f.hdr.shstrndx)
		}
		compareWithStd(t, path)
		if err := SetSections(path, contents, Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(filetest.Read(t, path), data) {
			t.Errorf("%d sections: setting the same contents again changes the file", num)
		}
	}
}
