package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

// vmlinuxLike has .BTF in its only segment, with a section after it.
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
		if got := filetest.Read(t, path); len(got) != len(data) || *mustNew(t, got).Section(".BTF") != place {
			t.Errorf("%d bytes, were %d; %+v", len(got), len(data), mustNew(t, got).Section(".BTF"))
		}

		path = writeFile(t, "vmlinux", data)
		for _, size := range []int{97, 95, 0} {
			err := SetSections(path, []Content{{".BTF", fill8(size, 'n')}, {".BTF.base", []byte("x")}}, Options{})
			var loaded *LoadedError
			if !errors.As(err, &loaded) || *loaded != (LoadedError{path, ".BTF", 96, uint64(size)}) {
				t.Errorf("%d bytes: %v", size, err)
			}
			if !bytes.Equal(filetest.Read(t, path), data) {
				t.Fatalf("%d bytes: the file was changed", size)
			}
		}
		moved := writeFile(t, "moved", data)
		set(t, moved, Options{MoveLoaded: true}, Content{".BTF", fill8(200, 'n')})
		after := filetest.Read(t, moved)
		m := mustNew(t, after).Section(".BTF")
		if m.Flags != 0 || m.Addr != 0 || m.Size != 200 || m.Index != place.Index || !bytes.Equal(after[m.Offset:][:200], fill8(200, 'n')) {
			t.Errorf("moved out of the segment: %+v", m)
		}
		if !bytes.Equal(after[place.Offset:][:place.FileSize], data[place.Offset:][:place.FileSize]) {
			t.Error("moving a section changed the segment")
		}

		// Removal leaves the segment alone.
		path = writeFile(t, "vmlinux", data)
		set(t, path, Options{}, Content{".BTF", nil})
		if got := filetest.Read(t, path); !bytes.Equal(got[place.Offset:][:96], fill8(96, 'o')) {
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
		got := filetest.Read(t, path)
		g := mustNew(t, got)
		if int(g.hdr.shstrndx) != len(f.Sections) || !bytes.Equal(got[names.start:names.end], data[names.start:names.end]) {
			t.Errorf("names in section %d of %d", g.hdr.shstrndx, len(g.Sections))
		}
		set(t, path, Options{}, Content{".new", fill8(300, 'b')})
		if !bytes.Equal(filetest.Read(t, path), got) {
			t.Error("setting the same contents again changes the file")
		}
	})
}
