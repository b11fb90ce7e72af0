package unit

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/elffile"
)

// splitFile is an open .dwo or .dwp file, or an object that has both parts.
type splitFile struct {
	source
	path  string
	units []*splitUnit          // compile units, not those of packages
	byID  map[uint64]*splitUnit // of packages those that were wanted so far
	index *packageIndex         // nil if it is no package
	users int                   // see splitFiles
}

// splitUnit is the unit that has what its skeleton leaves out.
type splitUnit struct {
	die.Unit
	file *splitFile
	info *section
	part contribution
	uses int
}

// contribution tells where the parts of a unit begin in the sections of a package. In
// other files that is at 0.
type contribution struct{ strOffsets, lists, rnglists, line uint64 }

// HasSplit reports whether a file has units of split DWARF.
func HasSplit(f *elffile.File) bool {
	return f.Section(".debug_info.dwo") != nil || f.Section(".debug_types.dwo") != nil
}

// parse finds the units of a file of split DWARF.
func (f *splitFiles) parse(elf *elffile.File) (*splitFile, error) {
	file := &splitFile{path: elf.Name, byID: make(map[uint64]*splitUnit)}
	if !HasSplit(elf) {
		return nil, errors.New("is no file of split DWARF: it has no .debug_info.dwo")
	}
	if in := f.s.elf; elf.Order != in.Order || elf.Class64 != in.Class64 {
		return nil, errors.New("it is of another machine")
	}
	s := &file.source
	s.elf, s.tables, s.skeletons = elf, make(map[uint64][]uint64), &f.s.source
	for _, sec := range []struct {
		to   *section
		name string
	}{
		{&s.info, ".debug_info.dwo"}, {&s.types, ".debug_types.dwo"}, {&s.abbrev, ".debug_abbrev.dwo"}, {&s.str, ".debug_str.dwo"},
		{&s.lineStr, ".debug_line_str.dwo"}, {&s.strOffsets, ".debug_str_offsets.dwo"}, {&s.loc, ".debug_loc.dwo"}, {&s.loclists, ".debug_loclists.dwo"},
		{&s.rnglists, ".debug_rnglists.dwo"}, {&s.line, ".debug_line.dwo"},
	} {
		*sec.to = newSection(elf, sec.name)
	}
	if err := checkUnrelocated(elf); err != nil {
		return nil, err
	}
	for _, sec := range []*section{&s.str, &s.lineStr, &s.strOffsets} {
		if err := sec.load(); err != nil {
			return nil, err
		}
	}
	if name := elf.Name; !f.sizes[name] {
		f.sizes[name] = true
		f.s.names.Allow(s.info.size() + s.types.size() + 8*s.str.size())
	}
	if elf.Section(".debug_cu_index") != nil {
		return file, file.findPackage()
	}
	return file, file.findUnits()
}

// checkUnrelocated makes sure that nothing would have to be relocated: that is what
// split DWARF is for.
func checkUnrelocated(elf *elffile.File) error {
	for i := range elf.Sections {
		s := &elf.Sections[i]
		if !isRelocations(s) || s.Size == 0 || uint64(s.Info) >= uint64(len(elf.Sections)) {
			continue
		}
		if target := &elf.Sections[s.Info]; isSplitSection(target.Name) {
			return fmt.Errorf("%s has relocations in %s, which split DWARF never has", target.Name, s.Name)
		}
	}
	return nil
}

// findUnits finds the units of a .dwo file.
func (f *splitFile) findUnits() error {
	types := &typeUnits{bySig: make(map[uint64]*typeUnit)}
	for i := range f.elf.Sections {
		sec := &f.elf.Sections[i]
		var info *section
		switch {
		case !sec.HasData() || sec.Size == 0:
			continue
		case sec == f.info.sec:
			info = &f.info
		case sec == f.types.sec:
			info = &f.types
		case isNamed(sec, ".debug_info.dwo"), isNamed(sec, ".debug_types.dwo"):
			info = &section{name: sec.Name, file: f.elf, sec: sec}
		default:
			continue
		}
		units, err := f.scan(info, isNamed(sec, ".debug_types.dwo"))
		if err != nil {
			return err
		}
		f.unitBytes += info.size()
		for _, u := range types.take(info, units) {
			u.Apart = true
			f.units = append(f.units, &splitUnit{Unit: u, file: f, info: info})
		}
	}
	if err := f.setTypeUnits(types); err != nil {
		return err
	}
	ids := idReader{src: &f.source}
	for _, u := range f.units {
		id, err := ids.read(u.info, &u.Unit)
		if err != nil {
			return err
		}
		if f.byID[id] != nil {
			return fmt.Errorf("two units have the ID %#016x", id)
		}
		f.byID[id] = u
	}
	return nil
}

// setTypeUnits makes the type units of the file known.
func (s *source) setTypeUnits(t *typeUnits) error {
	if len(t.list) == 0 {
		return nil
	}
	s.signed = t
	for _, u := range t.list {
		if u.TypeOff < uint64(u.HeaderLen) || u.TypeOff >= uint64(u.Len) {
			return &die.Error{Section: u.info.name, Offset: u.Offset, Msg: "the type of the type unit is said to be outside of it"}
		}
		u.src, u.Apart = s, s.skeletons != nil
		if t.bySig[u.Signature] == nil {
			t.bySig[u.Signature] = u
		}
	}
	return nil
}

// unit returns the unit with an ID, nil if there is none.
func (f *splitFile) unit(id uint64) (*splitUnit, error) {
	u := f.byID[id]
	if u != nil || f.index == nil {
		return u, nil
	}
	row, ok := f.index.units[id]
	if !ok {
		return nil, nil
	}
	u, err := f.unitOf(id, row)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	f.byID[id] = u
	return u, nil
}

// idReader reads the IDs of units. Those of DWARF 4 are in the first entry.
type idReader struct {
	src   *source
	table die.Table
	key   tableKey
	w     window
	buf   []byte
}

// maxRoot is the largest size of a first entry, in bytes.
const maxRoot = 1 << 16

func (r *idReader) read(info *section, u *die.Unit) (id uint64, err error) {
	if u.Version >= 5 {
		if u.Type != die.UTSplitCompile {
			return 0, &die.Error{Section: info.name, Offset: u.Offset, Msg: fmt.Sprintf("unit of type %#x: a .dwo file has split units", u.Type)}
		}
		return u.Signature, nil
	}
	if key := (tableKey{r.src, u.AbbrevOff, u.Version, u.AddrSize, u.Is64, true}); r.key != key {
		r.key = tableKey{}
		if err := r.src.compile(&r.table, &r.w, u); err != nil {
			return 0, err
		}
		r.key = key
	}
	n := min(u.Len, maxRoot)
	if uint32(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	if err := info.read(r.buf[:n], u.Offset); err != nil {
		return 0, err
	}
	var c die.Cursor
	c.Big = bigEndian(r.src.elf.Order)
	defer c.Guard(&err)
	c.Start(info.name, u, r.buf[:n], &r.table)
	if a := c.Next(); a != nil {
		c.Attrs(a)
		if c.Have.Has(die.DwoID) {
			return c.V[die.DwoID].U, nil
		}
	}
	c.Fail(c.At, "split unit without an ID")
	return 0, nil
}
