package dwarftest

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// A File is an ELF file to be written. The zero value of each field is the common case.
type File struct {
	Order   binary.ByteOrder // little-endian if nil
	Class32 bool
	Machine elf.Machine // x86-64 if 0
	Type    elf.Type    // ET_EXEC if 0
	Units   []*Unit
	// SharedAbbrevs makes one table of abbreviations for all units, as linkers with such optimisations do.
	SharedAbbrevs bool
	Sections      []Section // in front of the sections with DWARF
	Symbols       []Symbol  // of .symtab, in this order after the null symbol; there is no .symtab without any
	// Patch may change a section with DWARF before it is written, and returns its new contents.
	Patch func(section string, data []byte) []byte
}

// A Section is a section without DWARF.
type Section struct {
	Name  string
	Type  elf.SectionType // SHT_PROGBITS if 0
	Flags elf.SectionFlag
	Addr  uint64
	Align uint64
	Data  []byte
	Size  uint64 // in bytes, of a section of type SHT_NOBITS
	For   string // of a section with relocations: the name of the section that they are for
}

// A Symbol is an entry of .symtab.
type Symbol struct {
	Name        string
	Value, Size uint64
	Type        elf.SymType
	Bind        elf.SymBind
	Section     string // "" for undefined, "*ABS*" for an absolute symbol
}

// Bytes returns the file. The error is about a mistake in the description, such as a reference to a missing label.
func (f *File) Bytes() ([]byte, error) {
	debug, err := f.debugSections()
	if err != nil {
		return nil, err
	}
	return f.elf(debug)
}

// Build is Bytes for tests.
func (f *File) Build(t testing.TB) []byte {
	t.Helper()
	image, err := f.Bytes()
	if err != nil {
		t.Fatalf("dwarftest: %v", err)
	}
	return image
}

// WriteFile writes the file into a directory of the test and returns its path.
func (f *File) WriteFile(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, f.Build(t), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (f *File) order() binary.ByteOrder {
	if f.Order == nil {
		return binary.LittleEndian
	}
	return f.Order
}

func (f *File) addrSize() int {
	if f.Class32 {
		return 4
	}
	return 8
}

// A layout is what one pass over the units learns and the next one uses: where things are.
type layout struct {
	labels map[string]position
	ends   map[*DIE]uint64 // section offset of the end of a DIE with its children
	bases  []unitBases     // by unit
}

// unitBases are section offsets of a unit's first entry in the tables of DWARF 5; 0 without a table, as each has a
// header in front.
type unitBases struct {
	strx, addrx        uint64
	loclists, rnglists listBase
}

type listBase struct {
	base      uint64
	arraySize uint64 // of the offsets that stand at base, in bytes
}

// A pass writes all units once.
type pass struct {
	file   *File
	order  binary.ByteOrder
	first  bool // nothing is known yet
	old    *layout
	new    *layout
	shared *abbrevTable // nil if each unit has its own

	info, types, abbrev            buffer
	strOffsets, addr               buffer
	loc, newLoc, ranges, newRanges buffer
	str, lineStr                   stringTable
}

// debugSections writes the units until no offset changes any more: forward references in LEB128 and the attributes
// that locate tables make sizes depend on offsets.
func (f *File) debugSections() ([]Section, error) {
	old := &layout{}
	for range 50 {
		p := &pass{file: f, order: f.order(), first: old.labels == nil, old: old,
			new: &layout{labels: map[string]position{}, ends: map[*DIE]uint64{}}}
		for _, b := range []*buffer{&p.info, &p.types, &p.abbrev, &p.strOffsets, &p.addr, &p.loc, &p.newLoc, &p.ranges, &p.newRanges} {
			b.order = p.order
		}
		if f.SharedAbbrevs {
			p.shared = newAbbrevTable(0, nil)
		}
		for i, unit := range f.Units {
			if err := p.unit(i, unit); err != nil {
				return nil, fmt.Errorf("unit %d: %w", i, err)
			}
		}
		if p.shared != nil {
			p.shared.write(&p.abbrev)
		}
		if reflect.DeepEqual(old, p.new) {
			return p.sections(), nil
		}
		old = p.new
	}
	return nil, errors.New("the layout does not become stable")
}

func (p *pass) sections() []Section {
	var sections []Section
	strings := elf.SHF_MERGE | elf.SHF_STRINGS
	for _, s := range []struct {
		name  string
		flags elf.SectionFlag
		data  []byte
	}{
		{".debug_info", 0, p.info.data},
		{".debug_types", 0, p.types.data},
		{".debug_abbrev", 0, p.abbrev.data},
		{".debug_str", strings, p.str.data},
		{".debug_line_str", strings, p.lineStr.data},
		{".debug_str_offsets", 0, p.strOffsets.data},
		{".debug_addr", 0, p.addr.data},
		{".debug_loc", 0, p.loc.data},
		{".debug_loclists", 0, p.newLoc.data},
		{".debug_ranges", 0, p.ranges.data},
		{".debug_rnglists", 0, p.newRanges.data},
	} {
		if len(s.data) == 0 {
			continue
		}
		if p.file.Patch != nil {
			s.data = p.file.Patch(s.name, s.data)
		}
		sections = append(sections, Section{Name: s.name, Flags: s.flags, Align: 1, Data: s.data})
	}
	return sections
}
