package main

import (
	"cmp"
	"debug/elf"
	"errors"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/elffile"
)

// codeSymbols are the functions of an ELF file by where their code is.
type codeSymbols struct {
	file *elffile.File
	list []codeSymbol // by section and offset
}

type codeSymbol struct {
	section      uint32
	offset, size uint64 // in the section, in bytes
	name         string
}

// readCodeSymbols reads them. A file that was stripped has none.
func readCodeSymbols(f *elffile.File) (*codeSymbols, error) {
	c := &codeSymbols{file: f}
	err := f.Symbols(func(s elffile.Symbol) error {
		if s.Type() != elf.STT_FUNC || s.Reserved || s.Shndx == 0 || uint64(s.Shndx) >= uint64(len(f.Sections)) {
			return nil
		}
		off := s.Value
		if f.Type != elf.ET_REL {
			off -= f.Sections[s.Shndx].Addr
		}
		c.list = append(c.list, codeSymbol{s.Shndx, off, s.Size, string(s.Name)})
		return nil
	})
	if err != nil && !errors.Is(err, elffile.ErrNoSymtab) {
		return nil, err
	}
	slices.SortStableFunc(c.list, func(a, b codeSymbol) int {
		return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.offset, b.offset))
	})
	return c, nil
}

// section returns the number of the first code section of a name, 0 if there is none.
func (c *codeSymbols) section(name string) uint32 {
	for i := range c.file.Sections {
		if s := &c.file.Sections[i]; s.Name == name && s.Flags&elf.SHF_EXECINSTR != 0 {
			return uint32(i)
		}
	}
	return 0
}

// address returns the address of an offset in a section of a linked file, else nil.
func (c *codeSymbols) address(section string, offset uint32) *uint64 {
	n := c.section(section)
	if n == 0 || c.file.Type == elf.ET_REL {
		return nil
	}
	addr := c.file.Sections[n].Addr + uint64(offset)
	return &addr
}

// around returns the function whose code an offset in a section is in, and the offset from its
// beginning.
func (c *codeSymbols) around(section string, offset uint32) (name string, from uint64, ok bool) {
	n := c.section(section)
	i := sort.Search(len(c.list), func(i int) bool {
		s := &c.list[i]
		return s.section > n || s.section == n && s.offset > uint64(offset)
	}) - 1
	if n == 0 || i < 0 || c.list[i].section != n {
		return "", 0, false
	}
	s := &c.list[i]
	// Of several symbols at one place the first one has the name; code in assembly may have no
	// size.
	for i > 0 && c.list[i-1].section == n && c.list[i-1].offset == s.offset && c.list[i-1].size >= s.size {
		i--
		s = &c.list[i]
	}
	from = uint64(offset) - s.offset
	return s.name, from, s.size == 0 || from < s.size
}
