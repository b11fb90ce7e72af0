package elffile

import (
	"bytes"
	"debug/elf"
	"fmt"
	"strconv"

	"github.com/gopahole/gopahole/internal/memory"
)

// decodeSection reads one section header, without its name.
func (f *File) decodeSection(p []byte) Section {
	o := f.Order
	s := Section{nameOff: o.Uint32(p), Type: elf.SectionType(o.Uint32(p[4:]))}
	if f.Class64 {
		s.Flags = elf.SectionFlag(o.Uint64(p[8:]))
		s.Addr, s.Offset, s.Size = o.Uint64(p[16:]), o.Uint64(p[24:]), o.Uint64(p[32:])
		s.Link, s.Info = o.Uint32(p[40:]), o.Uint32(p[44:])
		s.AddrAlign, s.EntSize = o.Uint64(p[48:]), o.Uint64(p[56:])
	} else {
		s.Flags = elf.SectionFlag(o.Uint32(p[8:]))
		s.Addr, s.Offset, s.Size = uint64(o.Uint32(p[12:])), uint64(o.Uint32(p[16:])), uint64(o.Uint32(p[20:]))
		s.Link, s.Info = o.Uint32(p[24:]), o.Uint32(p[28:])
		s.AddrAlign, s.EntSize = uint64(o.Uint32(p[32:])), uint64(o.Uint32(p[36:]))
	}
	s.FileSize = s.Size
	if !s.HasData() {
		s.FileSize = 0
	}
	return s
}

// readSections reads the section header table and the names and checks that the
// data of every section lie in the file.
func (f *File) readSections() error {
	n := int(f.hdr.shnum)
	if n == 0 {
		return nil
	}
	w := f.wire()
	what := fmt.Sprintf("%s: the table of %d sections", f.Name, n)
	table, err := memory.TryMake[byte](n*int(w.shdr), n*int(w.shdr), what)
	if err != nil {
		return err
	}
	if err := f.readAt(table, f.hdr.shoff); err != nil {
		return err
	}
	if f.Sections, err = memory.TryMake[Section](n, n, what); err != nil {
		return err
	}
	for i := range f.Sections {
		f.Sections[i] = f.decodeSection(table[uint64(i)*w.shdr:])
		f.Sections[i].Index = i
	}
	// Section 0 stands for "undefined"; with extended numbering its fields are
	// counts and no place in the file.
	null := &f.Sections[0]
	null.Type, null.FileSize, null.Size = elf.SHT_NULL, 0, 0

	if f.hdr.shstrndx != 0 {
		if err := f.readSectionNames(); err != nil {
			return err
		}
	}
	for i := range f.Sections {
		if err := f.checkPlace(&f.Sections[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkPlace checks that a section's data lie in the file. Without data the
// offset says nothing.
func (f *File) checkPlace(s *Section) error {
	if s.FileSize == 0 || f.inFile(s.Offset, s.FileSize) {
		return nil
	}
	return f.sectionf(s, 0, "section %d has %d bytes at file offset %#x, the file has only %d: it is truncated or damaged", s.Index, s.FileSize, s.Offset, f.Size)
}

func (f *File) readSectionNames() error {
	s := &f.Sections[f.hdr.shstrndx]
	s.Name = ".shstrtab" // for errors, until it is known
	if !s.HasData() {
		return f.sectionf(s, 0, "section %d, said to hold the section names, has no data", s.Index)
	}
	if err := f.checkPlace(s); err != nil {
		return err
	}
	if err := memory.Need(2*s.FileSize, fmt.Sprintf("%s: the names of sections", f.Name)); err != nil {
		return err
	}
	data := make([]byte, s.FileSize)
	if err := f.readAt(data, s.Offset); err != nil {
		return err
	}
	names := string(data) // all names are parts of it
	for i := range f.Sections {
		sec := &f.Sections[i]
		// Section header 0 and those switched off by SHT_NULL have no name.
		if sec.Type == elf.SHT_NULL {
			continue
		}
		n, msg := nameLen(data, uint64(sec.nameOff))
		if msg != "" {
			return f.formatf(f.hdr.shoff+uint64(i)*f.wire().shdr, "name of section %d %s", i, msg)
		}
		sec.Name = names[sec.nameOff:][:n]
	}
	return nil
}

// maxName bounds the length of section and symbol names: without a bound a
// hostile file with long overlapping names takes time quadratic in its size.
const maxName = 1 << 16

// nameLen returns the length of the name at off in a string table, or what is
// wrong with it.
func nameLen(table []byte, off uint64) (int, string) {
	if off >= uint64(len(table)) {
		if off == 0 {
			return 0, "" // an empty table holds the empty name
		}
		return 0, "is outside of the string table"
	}
	n := bytes.IndexByte(table[off:min(uint64(len(table)), off+maxName)], 0)
	if n < 0 {
		return 0, "does not end within the string table or is longer than " + strconv.Itoa(maxName) + " bytes"
	}
	return n, ""
}
