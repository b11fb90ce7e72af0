package unit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// maxUses is how many skeletons may have one unit. Linked twice an object has two, but
// a small file could name a large one again and again.
const maxUses = 100

// splitFiles are the files of split DWARF that belong to one input. Files are open while
// a unit of them is decoded, and some more, as units of one file stand together.
type splitFiles struct {
	s   *File
	ctx context.Context

	mu     sync.Mutex
	looked bool                  // for own and pkg
	own    *splitFile            // the input itself, if it has both parts
	pkg    *splitFile            // nil if there is none
	passed []debugfile.Candidate // files that are no packages of the input
	open   map[debugfile.SplitUnit]*splitFile
	idle   []debugfile.SplitUnit // without users, the one that was used last at the end
	sizes  map[string]bool       // files whose names were allowed for
}

// maxIdle is the number of files that are kept open without a user.
const maxIdle = 8

func newSplitFiles(ctx context.Context, s *File) *splitFiles {
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
	if u.uses++; u.uses > maxUses {
		f.leave(u)
		return nil, fmt.Errorf("more than %d units name the split unit %#016x of %q", maxUses, sk.id, u.file.path)
	}
	return u, nil
}

// locate returns the unit of a skeleton and notes its user.
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
	file, err := f.search(sk)
	if err != nil {
		return nil, err
	}
	if old := f.open[key]; old != nil && old.users == 0 {
		f.forget(key)
	} else if old != nil { // of this name there are files for several units
		key = debugfile.SplitUnit{Name: file.path, CompDir: fmt.Sprintf("\x00%d", len(f.sizes))}
	}
	f.open[key] = file
	f.enter(key, file)
	return file.byID[sk.id], nil
}

// search opens the .dwo file of a skeleton: from where its DWARF is, and then from where the input is.
func (f *splitFiles) search(sk *skeleton) (*splitFile, error) {
	var found *splitFile
	search := debugfile.Search{Roots: f.s.opts.DebugDirs, Opened: f.s.opts.Opened}
	check := func(_ context.Context, d *elffile.File) error {
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
	elf, err := search.Split(f.ctx, f.s.elf, sk.SplitUnit, check)
	var missing *debugfile.NotFoundError
	if f.s.file != f.s.elf && errors.As(err, &missing) {
		looked := missing.Looked
		if elf, err = search.Split(f.ctx, f.s.file, sk.SplitUnit, check); errors.As(err, &missing) {
			missing.Looked = append(looked, missing.Looked...)
		}
	}
	if errors.As(err, &missing) {
		missing.From = fmt.Sprintf("the unit at %s+%#x", f.s.info.name, sk.offset)
		missing.Looked = append(slices.Clone(f.passed), missing.Looked...)
		return nil, f.s.opts.MissingFile(missing)
	}
	if err != nil {
		return nil, err
	}
	found.path = elf.Name
	return found, nil
}

// look opens what all units may be in: the input itself, and its package.
func (f *splitFiles) look() error {
	if f.looked {
		return nil
	}
	f.looked = true
	if HasSplit(f.s.elf) {
		own, err := f.parse(f.s.elf)
		if err != nil {
			return err
		}
		f.own, own.path = own, f.s.elf.Name
	}
	search := debugfile.Search{Roots: f.s.opts.DebugDirs, Opened: f.s.opts.Opened}
	inputs := []*elffile.File{f.s.file}
	if f.s.elf != f.s.file {
		inputs = append(inputs, f.s.elf)
	}
	for _, in := range inputs {
		var pkg *splitFile
		elf, passed, err := search.Package(f.ctx, in, func(_ context.Context, d *elffile.File) (err error) {
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
