package elffile

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"
)

// Files that contradict themselves, found by FuzzOpen: none must end up with
// contents other than those asked for, or grow every time.
func TestSetSectionsInDamagedFiles(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
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
			contents := []Content{{".BTF", fill8(60, 'n')}, {".BTF.base", fill8(10, 'b')}}
			e.sections, e.loaded = append(ordinary(o), testSection{name: ".BTF", data: fill8(70, 'o'), align: 1}), nil
			if c.vmlinux {
				e = vmlinuxLike(o)
				contents[0].Data = fill8(96, 'n')
			}
			data := e.build()
			c.change(mustNew(t, data), data)
			first, err := setInMemory(data, contents, Options{})
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
			second, err := setInMemory(first, contents, Options{})
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
