package dwarf2btf

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/debugfile"
	"github.com/gopahole/gopahole/internal/elfio"
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
type contribution struct{ strOffsets, lists uint64 }

// maxUses is how many skeletons may have one unit. Linked twice an object has two, but
// a small file could name a large one again and again.
const maxUses = 100

// splitFiles are the files of split DWARF that belong to one input. Files are open while
// a unit of them is decoded, and some more, as units of one file stand together.
type splitFiles struct {
	s   *session
	ctx context.Context

	mu      sync.Mutex
	looked  bool                  // for own and pkg
	own     *splitFile            // the input itself, if it has both parts
	pkg     *splitFile            // nil if there is none
	passed  []debugfile.Candidate // files that are no packages of the input
	open    map[debugfile.SplitUnit]*splitFile
	idle    []debugfile.SplitUnit // without users, the one that was used last at the end
	sizes   map[string]bool       // files whose names were allowed for
	anyUsed bool
}

// maxIdle is the number of files that are kept open without a user.
const maxIdle = 8

func newSplitFiles(ctx context.Context, s *session) *splitFiles {
	return &splitFiles{s: s, ctx: ctx, open: make(map[debugfile.SplitUnit]*splitFile), sizes: make(map[string]bool)}
}

// find returns the unit of a skeleton. The caller gives it back.
func (f *splitFiles) find(sk *skeleton) (*splitUnit, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u, err := f.locate(sk)
	if err != nil {
		return nil, err
	}
	f.anyUsed = true
	if u.uses++; u.uses > maxUses {
		f.leave(u)
		return nil, fmt.Errorf("more than %d units name the split unit %#016x of %q", maxUses, sk.id, u.file.path)
	}
	return u, nil
}

func (f *splitFiles) locate(sk *skeleton) (*splitUnit, error) {
	if err := f.look(); err != nil {
		return nil, err
	}
	for _, file := range []*splitFile{f.own, f.pkg} {
		if file == nil {
			continue
		}
		if u, err := file.unit(sk.id); u != nil || err != nil {
			return u, err
		}
	}
	key := sk.SplitUnit
	if file := f.open[key]; file != nil {
		if u := file.byID[sk.id]; u != nil {
			f.enter(key, file)
			return u, nil
		}
	}
	var found *splitFile
	search := debugfile.Search{Roots: f.s.opts.DebugDirs, Opened: f.s.opts.Opened}
	check := func(_ context.Context, d *elfio.File) error {
		file, err := f.parse(d)
		if err != nil {
			return err
		}
		if file.index != nil {
			return errors.New("is a DWARF package (.dwp), not a .dwo file")
		}
		if file.byID[sk.id] == nil {
			return fmt.Errorf("it is of another build: it has no unit with the ID %#016x", sk.id)
		}
		found = file
		return nil
	}
	elf, err := search.Split(f.ctx, f.s.elf, key, check)
	var missing *debugfile.NotFoundError
	if f.s.file != f.s.elf && errors.As(err, &missing) {
		looked := missing.Looked
		if elf, err = search.Split(f.ctx, f.s.file, key, check); errors.As(err, &missing) {
			missing.Looked = append(looked, missing.Looked...)
		}
	}
	if errors.As(err, &missing) {
		missing.From = fmt.Sprintf("the unit at %s+%#x", f.s.info.name, sk.offset)
		missing.Looked = append(slices.Clone(f.passed), missing.Looked...)
		return nil, &DebugFileError{err: missing}
	}
	if err != nil {
		return nil, err
	}
	found.path = elf.Name
	if old := f.open[key]; old != nil && old.users == 0 {
		f.forget(key)
	} else if old != nil { // of this name there are files for several units
		key = debugfile.SplitUnit{Name: elf.Name, CompDir: fmt.Sprintf("\x00%d", len(f.sizes))}
	}
	f.open[key] = found
	f.enter(key, found)
	return found.byID[sk.id], nil
}

// look opens what all units may be in: the input itself, and its package.
func (f *splitFiles) look() error {
	if f.looked {
		return nil
	}
	f.looked = true
	if hasSplit(f.s.elf) {
		own, err := f.parse(f.s.elf)
		if err != nil {
			return err
		}
		f.own, own.path = own, f.s.elf.Name
	}
	search := debugfile.Search{Roots: f.s.opts.DebugDirs, Opened: f.s.opts.Opened}
	inputs := []*elfio.File{f.s.file}
	if f.s.elf != f.s.file {
		inputs = append(inputs, f.s.elf)
	}
	for _, in := range inputs {
		var pkg *splitFile
		elf, passed, err := search.Package(f.ctx, in, func(_ context.Context, d *elfio.File) (err error) {
			if pkg, err = f.parse(d); err == nil && pkg.index == nil {
				err = errors.New("is no DWARF package: it has no .debug_cu_index")
			}
			return err
		})
		if err != nil {
			return err
		}
		if elf != nil {
			f.pkg, pkg.path = pkg, elf.Name
			return nil
		}
		f.passed = append(f.passed, passed...)
	}
	return nil
}

// enter notes a user of a file.
func (f *splitFiles) enter(key debugfile.SplitUnit, file *splitFile) {
	file.users++
	f.idle = slices.DeleteFunc(f.idle, func(k debugfile.SplitUnit) bool { return k == key })
}

// release gives a unit back.
func (f *splitFiles) release(u *splitUnit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leave(u)
}

func (f *splitFiles) leave(u *splitUnit) {
	if u.file == f.own || u.file == f.pkg {
		return
	}
	if u.file.users--; u.file.users > 0 {
		return
	}
	for key, file := range f.open {
		if file == u.file {
			f.idle = append(f.idle, key)
			break
		}
	}
	if len(f.idle) > maxIdle {
		f.forget(f.idle[0])
	}
}

// forget closes a file without users.
func (f *splitFiles) forget(key debugfile.SplitUnit) {
	f.idle = slices.DeleteFunc(f.idle, func(k debugfile.SplitUnit) bool { return k == key })
	f.open[key].elf.Close()
	delete(f.open, key)
}

// close closes all files.
func (f *splitFiles) close() {
	for _, file := range f.open {
		file.elf.Close()
	}
	if f.pkg != nil {
		f.pkg.elf.Close()
	}
	*f = splitFiles{}
}

// hasSplit tells whether a file has units of split DWARF.
func hasSplit(f *elfio.File) bool {
	return f.Section(".debug_info.dwo") != nil || f.Section(".debug_types.dwo") != nil
}

// parse finds the units of a file of split DWARF.
func (f *splitFiles) parse(elf *elfio.File) (*splitFile, error) {
	file := &splitFile{path: elf.Name, byID: make(map[uint64]*splitUnit)}
	if !hasSplit(elf) {
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
		f.s.names.allow(s.info.size() + s.types.size() + 8*s.str.size())
	}
	if elf.Section(".debug_cu_index") != nil {
		return file, file.findPackage()
	}
	return file, file.findUnits()
}

// checkUnrelocated makes sure that nothing would have to be relocated: that is what
// split DWARF is for.
func checkUnrelocated(elf *elfio.File) error {
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
