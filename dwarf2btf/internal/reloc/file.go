package reloc

import (
	"debug/elf"
	"fmt"

	"github.com/gopahole/gopahole/internal/elfio"
)

// File has what the relocations of all sections of a file refer to. AddSymbol is
// called first, for all symbols; then Section.
type File struct {
	file    *elfio.File
	addrs   []uint64 // of the sections, by section number
	symbols []symbol // by symbol number
	rules   []rule   // by type
	symtab  uint32   // section number

	strSection uint32   // section number of .debug_str, 0 if there is none
	strings    *Strings // nil: references to .debug_str stay
}

// NewFile returns the relocations of an object whose sections have these addresses,
// by section number. strs is .debug_str, or nil.
func NewFile(f *elfio.File, addrs []uint64, strs *elfio.Section) *File {
	r := &File{file: f, addrs: addrs, symbols: make([]symbol, 1)} // the null symbol has the value 0
	if strs != nil {
		r.strSection = uint32(strs.Index)
	}
	if machines[f.Machine] != nil {
		r.rules = []rule{leave}
	}
	for typ, what := range machines[f.Machine] {
		if n := int(typ) + 1; n > len(r.rules) {
			r.rules = append(r.rules, make([]rule, n-len(r.rules))...)
		}
		r.rules[typ] = what
	}
	for i := range f.Sections {
		if f.Sections[i].Type == elf.SHT_SYMTAB {
			r.symtab = uint32(i)
			break
		}
	}
	return r
}

// MergeStrings makes references to .debug_str lead to s. It is called before anything
// is read that may have some.
func (f *File) MergeStrings(s *Strings) { f.strings = s }

// Section returns the relocations of a section, nil if it has none.
func (f *File) Section(target *elfio.Section) (*Section, error) {
	var found *Section
	for i := range f.file.Sections {
		s := &f.file.Sections[i]
		if s.Type != elf.SHT_REL && s.Type != elf.SHT_RELA || s.Size == 0 || uint64(s.Info) != uint64(target.Index) {
			continue
		}
		if found != nil {
			return nil, f.errorf(s, 0, "%s has relocations in %s, too", target.Name, found.rel.Name)
		}
		if f.rules == nil {
			return nil, f.errorf(s, 0, "relocations of machine %v are not supported", f.file.Machine)
		}
		if s.Link != f.symtab {
			return nil, f.errorf(s, 0, "the symbols are said to be in section %d, which is not the symbol table", s.Link)
		}
		found = &Section{f: f, rel: s, target: target, format: f.format(s)}
		if s.Size%found.format.size != 0 {
			return nil, f.errorf(s, s.Size-s.Size%found.format.size, "the section ends inside a relocation")
		}
	}
	return found, nil
}

// errorf returns an error about an offset of a section.
func (f *File) errorf(s *elfio.Section, off uint64, format string, args ...any) error {
	return &elfio.FormatError{File: f.file.Name, Section: s.Name, Offset: off, Msg: fmt.Sprintf(format, args...)}
}
