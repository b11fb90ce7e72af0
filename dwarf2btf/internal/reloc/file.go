package reloc

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/elffile"
)

// File has what the relocations of all sections of a file refer to. AddSymbol is
// called first, for all symbols; then Section.
type File struct {
	file    *elffile.File
	addrs   []uint64 // of the sections, by section number
	symbols []symbol // by symbol number
	rules   []rule   // by type
	symtab  uint32   // section number

	byTarget map[uint32][]int // sections of relocations by the number of their target
	odd      []int            // sections that may have relocations, by their type or name

	strSection uint32   // section number of .debug_str, 0 if there is none
	strings    *Strings // nil: references to .debug_str stay

	Room  *Storage // for lists; nil for none
	Hasty bool     // large lists are taken to be in order, see CheckOrder
	mu    sync.Mutex
	hasty []*list
}

// NewFile returns the relocations of an object whose sections have these addresses,
// by section number. strs is .debug_str, or nil.
func NewFile(f *elffile.File, addrs []uint64, strs *elffile.Section) *File {
	r := &File{file: f, addrs: addrs, rules: rulesOf(f)}
	if strs != nil {
		r.strSection = uint32(strs.Index)
	}
	n := 0 // about as many symbols as there will be
	for i := range f.Sections {
		if f.Sections[i].Type == elf.SHT_SYMTAB {
			r.symtab = uint32(i)
			n = int(min(f.Sections[i].Size/minSymbol, maxExpectedSymbols))
			break
		}
	}
	r.symbols = make([]symbol, 1, n+1) // the null symbol has the value 0
	r.index()
	return r
}

const (
	minSymbol          = 16 // bytes, of 32 bits; others have 24
	maxExpectedSymbols = 1 << 12
)

// MergeStrings makes references to .debug_str refer to s. Call it before anything with
// such references is read.
func (f *File) MergeStrings(s *Strings) { f.strings = s }

// Section returns the relocations of a section, nil if it has none.
func (f *File) Section(target *elffile.Section) (*Section, error) {
	var lists []*list
	for _, i := range f.candidates(target) {
		s := &f.file.Sections[i]
		if s.Size == 0 || !f.relocates(s, target) {
			continue
		}
		switch {
		case s.Type != elf.SHT_REL && s.Type != elf.SHT_RELA && s.Type != elffile.SHTCREL:
			return nil, f.errorf(s, 0, "relocations of %s in a section of type %#x, which is not known", target.Name, uint32(s.Type))
		case f.rules == nil:
			return nil, f.errorf(s, 0, "relocations of machine %v are not supported: encode a file in which they were applied, that is, the linked one", f.file.Machine)
		case s.Link != f.symtab:
			return nil, f.errorf(s, 0, "the symbols are said to be in section %d, which is not the symbol table", s.Link)
		}
		format, err := f.format(s)
		if err != nil {
			return nil, err
		}
		lists = append(lists, &list{number: numbers.Add(1), f: f, rel: s, target: target, format: format})
	}
	if lists == nil {
		return nil, nil
	}
	return &Section{f: f, target: target, lists: lists}, nil
}

// numbers are those of lists.
var numbers atomic.Uint64

// index finds the sections that may have relocations: an object may have a section, and
// relocations for it, for each type.
func (f *File) index() {
	f.byTarget = make(map[uint32][]int)
	for i := range f.file.Sections {
		switch s := &f.file.Sections[i]; {
		case s.Type == elf.SHT_REL || s.Type == elf.SHT_RELA || s.Type == elffile.SHTCREL:
			f.byTarget[s.Info] = append(f.byTarget[s.Info], i)
		case s.Type > elf.SHT_SYMTAB_SHNDX || strings.HasPrefix(s.Name, ".rel") || strings.HasPrefix(s.Name, ".crel"):
			f.odd = append(f.odd, i)
		}
	}
}

// candidates returns the numbers of the sections that may have relocations for target,
// in ascending order.
func (f *File) candidates(target *elffile.Section) []int {
	list := f.byTarget[uint32(target.Index)]
	if len(f.odd) > 0 {
		list = slices.Concat(list, f.odd)
		slices.Sort(list)
	}
	return list
}

// relocates reports whether s has relocations for target. Those in a section of a type
// that the generic ABI does not know, or whose meaning it leaves to machines and
// systems, are found by what sections of relocations have in common: the number of the
// target, and that of the symbols or the flag that it is a number; those in any other
// section by their name.
func (f *File) relocates(s, target *elffile.Section) bool {
	points := uint64(s.Info) == uint64(target.Index)
	switch {
	case s.Type == elf.SHT_REL || s.Type == elf.SHT_RELA || s.Type == elffile.SHTCREL:
		return points
	case !s.HasData():
		return false
	case s.Type > elf.SHT_SYMTAB_SHNDX && points && (s.Flags&elf.SHF_INFO_LINK != 0 || s.Link == f.symtab && f.symtab != 0):
		return true
	}
	prefix, ok := strings.CutSuffix(s.Name, target.Name)
	return ok && (prefix == ".rel" || prefix == ".rela" || prefix == ".crel" || prefix == ".relr")
}

// errorf returns an error about an offset of a section.
func (f *File) errorf(s *elffile.Section, off uint64, format string, args ...any) error {
	return &elffile.FormatError{File: f.file.Name, Section: s.Name, Offset: off, Msg: fmt.Sprintf(format, args...)}
}
