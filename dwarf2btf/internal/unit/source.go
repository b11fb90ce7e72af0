package unit

import (
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// source is a file that DIEs are taken from: its sections of debugging information,
// and what is known of them. Workers read it; what they write to is synchronised.
type source struct {
	elf    *elffile.File
	relocs *reloc.File // nil in linked files

	info, types, abbrev, str, lineStr, strOffsets, addr, loc, loclists section

	ranges, rnglists, line section // for inlined functions only

	strings **reloc.Strings // where those are that an earlier attempt merged, or nil

	skeletons *source // of a file of split DWARF: what has the addresses of its units

	units     []die.Unit // of .debug_info, without type units
	signed    *typeUnits // that signatures lead to, nil if there are none
	unitBytes uint64     // of units, type units included, see checkCopies

	mu       sync.Mutex
	compiled uint64              // bytes of tables that were compiled
	tables   map[uint64][]uint64 // section offsets of tables of abbreviations by their end
}

// init finds the sections of a file.
func (s *source) init(f *elffile.File) {
	s.elf, s.tables = f, make(map[uint64][]uint64)
	for _, sec := range []struct {
		to   *section
		name string
	}{
		{&s.info, ".debug_info"}, {&s.types, ".debug_types"}, {&s.abbrev, ".debug_abbrev"},
		{&s.str, ".debug_str"}, {&s.lineStr, ".debug_line_str"}, {&s.strOffsets, ".debug_str_offsets"},
		{&s.addr, ".debug_addr"}, {&s.loc, ".debug_loc"}, {&s.loclists, ".debug_loclists"},
	} {
		*sec.to = debugSection(f, sec.name)
	}
}

// findUnits finds the units of .debug_info.
func (s *source) findUnits() error {
	// No assembler relocates abbreviations or strings.
	for _, sec := range []*section{&s.info, &s.types, &s.strOffsets, &s.addr, &s.loc, &s.loclists} {
		if err := sec.relocate(s.relocs); err != nil {
			return err
		}
	}
	units, err := s.scan(&s.info, false)
	if err != nil {
		return err
	}
	return s.findTypeUnits(units)
}

// loadStrings loads what names and addresses are read from. Objects joined to one
// relocatable file have the same strings again and again: they are merged, in room.
func (s *source) loadStrings(units int, room *reloc.Storage) error {
	if n := s.str.size(); s.info.rel != nil && units > 1 && n > 0 && n <= reloc.MaxStrings {
		strs, err := s.mergeStrings(n, room)
		if err != nil {
			return err
		}
		s.str.merged = strs
		s.relocs.MergeStrings(strs)
	} else if err := s.str.load(); err != nil {
		return err
	}
	for _, sec := range []*section{&s.lineStr, &s.strOffsets, &s.addr} {
		if err := sec.load(); err != nil {
			return err
		}
	}
	return nil
}

// mergeStrings merges n bytes of strings, once for all attempts.
func (s *source) mergeStrings(n uint64, room *reloc.Storage) (*reloc.Strings, error) {
	if s.strings == nil {
		return reloc.MergeStrings(room, n, s.str.read)
	}
	if *s.strings == nil {
		strs, err := reloc.MergeStrings(room, n, s.str.read)
		if err != nil {
			return nil, err
		}
		*s.strings = strs
	}
	return *s.strings, nil
}

// placeSections gives the sections of f, whose DWARF this is, their addresses. A
// relocatable file has none: it gets those of libdwfl, and relocations refer to them.
func (s *source) placeSections(f *elffile.File) ([]uint64, error) {
	if f.Type != elf.ET_REL {
		addrs := make([]uint64, len(f.Sections))
		for i := range addrs {
			addrs[i] = f.Sections[i].Addr
		}
		return addrs, nil
	}
	addrs, err := reloc.Layout(f)
	if err != nil {
		return nil, err
	}
	own := addrs
	if s.elf != f {
		if own, err = s.pairAddresses(f, addrs); err != nil {
			return nil, err
		}
	}
	s.relocs = reloc.NewFile(s.elf, own, s.str.sec)
	return addrs, nil
}

// pairAddresses returns the addresses of the sections of a separate debug file: those
// that they have in the file itself.
func (s *source) pairAddresses(f *elffile.File, addrs []uint64) ([]uint64, error) {
	pairs, err := s.pair(f)
	if err != nil {
		return nil, err
	}
	own := make([]uint64, len(pairs))
	for i, n := range pairs {
		own[i] = addrs[n]
	}
	return own, nil
}

// pair returns the section numbers of f by those of its separate debug file.
func (s *source) pair(f *elffile.File) ([]int, error) {
	pairs, err := debugfile.PairSections(s.elf, f)
	if err != nil {
		return nil, fmt.Errorf("separate debug file %s: %w", s.elf.Name, err)
	}
	return pairs, nil
}

// compile compiles the abbreviations of a unit, read through a window.
func (s *source) compile(t *die.Table, w *window, u *die.Unit) error {
	if u.AbbrevOff >= s.abbrev.size() {
		return &die.Error{Section: s.info.name, Offset: u.Offset, Msg: fmt.Sprintf("abbreviations at %#x are past the end of %s", u.AbbrevOff, s.abbrev.name)}
	}
	for need := uint64(windowSize / 2); ; need *= 4 {
		b, err := w.from(&s.abbrev, u.AbbrevOff, need)
		if err != nil {
			return err
		}
		err = t.Compile(b, u.AbbrevOff, u)
		if err == nil {
			return s.checkTable(u.AbbrevOff, t.Size)
		}
		if !errors.Is(err, die.ErrShortTable) || u.AbbrevOff+uint64(len(b)) >= s.abbrev.size() {
			if e := (*die.Error)(nil); errors.As(err, &e) {
				e.Section = s.abbrev.name
			}
			return err
		}
	}
}

// checkTable refuses tables of abbreviations that are parts of each other: a small
// section could be compiled again and again, from another place each time.
func (s *source) checkTable(off, size uint64) error {
	const maxTables = 100 // one is all that there should be
	s.mu.Lock()
	defer s.mu.Unlock()
	// Units may also take turns at tables that are the same, so that no unit has that of
	// the one before.
	const maxCompiled, perByte = 1 << 26, 64
	if s.compiled += size; s.compiled > maxCompiled+perByte*(s.abbrev.size()+s.info.size()) {
		return fmt.Errorf("%s: units take turns at large tables: %d bytes were read of a section of %d", s.abbrev.name, s.compiled, s.abbrev.size())
	}
	starts := s.tables[off+size]
	if slices.Contains(starts, off) {
		return nil
	}
	if len(starts) == maxTables {
		return fmt.Errorf("%s: more than %d tables have the same end", s.abbrev.name, maxTables)
	}
	s.tables[off+size] = append(starts, off)
	return nil
}

// release drops the sections that no name is read from any more.
func (s *source) release() {
	for _, sec := range []*section{&s.str, &s.lineStr, &s.strOffsets, &s.addr} {
		sec.data, sec.merged = nil, nil
	}
	for _, sec := range []*section{&s.info, &s.types, &s.abbrev, &s.str, &s.lineStr, &s.strOffsets, &s.addr, &s.loc, &s.loclists, &s.ranges, &s.rnglists, &s.line} {
		sec.rel = nil // which hold the merged strings
	}
	s.units, s.signed, s.relocs = nil, nil, nil
}

// scan returns the units of a section.
func (s *source) scan(sec *section, types bool) ([]die.Unit, error) {
	return die.ScanUnits(sec.name, sec.size(), s.elf.Order, types, sec.read)
}

// unitAt returns the unit whose first DIE stands at a section offset.
func (s *source) unitAt(off uint64) *die.Unit {
	i := sort.Search(len(s.units), func(i int) bool { return s.units[i].Offset > off }) - 1
	if i < 0 {
		return nil
	}
	if u := &s.units[i]; off == u.Offset+uint64(u.HeaderLen) {
		return u
	}
	return nil
}
