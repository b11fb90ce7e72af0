package elffile

import (
	"bytes"
	"debug/elf"
)

// noteHeader is the size of a note's three words: the sizes of its owner and of
// its description, and its type. It is the same in both classes.
const noteHeader = 12

// Notes calls yield for the notes of all SHT_NOTE sections, in the order of the file. The
// owner comes without its NUL. The description must not be changed or kept. Notes stops
// at the first error of yield, and at damage, with a *[FormatError].
func (f *File) Notes(yield func(owner string, typ uint32, desc []byte) error) error {
	for i := range f.Sections {
		s := &f.Sections[i]
		if s.Type != elf.SHT_NOTE {
			continue
		}
		data, err := f.SectionData(s)
		if err != nil {
			return err
		}
		if err := f.walkNotes(s, data, f.noteAlign(s, data), yield); err != nil {
			return err
		}
	}
	return nil
}

// noteAlign returns to what multiple the owner and the description of a section's notes
// are padded. The gABI wants 8 in 64-bit files, but nearly all tools write 4; those that
// write 8 align the section to 8 (elfutils: ELF_T_NHDR8). Some sections with 4-byte notes
// are aligned to 8 as well: they cannot be parsed as notes of 8.
func (f *File) noteAlign(s *Section, data []byte) int {
	ignore := func(string, uint32, []byte) error { return nil }
	if s.AddrAlign == 8 && f.walkNotes(s, data, 8, ignore) == nil {
		return 8
	}
	return 4
}

func (f *File) walkNotes(s *Section, data []byte, align int, yield func(string, uint32, []byte) error) error {
	for off := 0; off < len(data); {
		rest := data[off:]
		if len(rest) < noteHeader {
			if len(bytes.Trim(rest, "\x00")) == 0 {
				return nil // padding
			}
			return f.sectionf(s, uint64(off), "the section ends inside a note")
		}
		nameSize, descSize := uint64(f.Order.Uint32(rest)), uint64(f.Order.Uint32(rest[4:]))
		descAt := alignUp(noteHeader+nameSize, uint64(align))
		if descAt+descSize > uint64(len(rest)) {
			return f.sectionf(s, uint64(off), "note with %d bytes of owner and %d of description "+
				"in the last %d bytes of the section", nameSize, descSize, len(rest))
		}
		owner, _, _ := bytes.Cut(rest[noteHeader:noteHeader+nameSize], []byte{0})
		if err := yield(string(owner), f.Order.Uint32(rest[8:]), rest[descAt:descAt+descSize:descAt+descSize]); err != nil {
			return err
		}
		off += int(min(alignUp(descAt+descSize, uint64(align)), uint64(len(rest))))
	}
	return nil
}

// alignUp rounds up to a multiple of align, a power of two.
func alignUp(n, align uint64) uint64 {
	return (n + align - 1) &^ (align - 1)
}
