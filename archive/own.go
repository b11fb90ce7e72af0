package archive

import (
	"bytes"
	"errors"
	"sync"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/module"
)

// An ownBTF is the BTF that a kernel has itself.
type ownBTF struct {
	raw   []byte
	types *btf.Types

	mu    sync.Mutex    // of the following
	pairs *diff.Kernels // the types of both kernels, to compare modules
	err   error
}

// readOwn reads the BTF of a file, which is split from base if it is that of a module. It is
// nil if the file has none.
func readOwn(f *elffile.File, base *btf.Types) (*ownBTF, error) {
	if s := f.Section(".BTF"); s == nil || !s.HasData() || s.Size == 0 {
		return nil, nil
	}
	s, err := btf.ReadSections(f, f.Size)
	if err != nil {
		return nil, withoutName(f.Name, err)
	}
	own := &ownBTF{raw: s.BTF}
	if s.Base != nil {
		if base, err = btf.Parse(s.Base, nil); err != nil {
			return own, err
		}
	}
	own.types, err = btf.Parse(s.BTF, base)
	return own, err
}

// compare compares a kernel with the BTF that it has itself.
func (k *kernelBTF) compare(types *btf.Types, e *index.Entry) {
	if k.own == nil || k.own.types == nil {
		if k.own != nil && e.Own != nil {
			e.Own.Digest = digestOf(k.own.raw)
		}
		return
	}
	e.Own = &index.Own{Digest: digestOf(k.own.raw)}
	k.own.pairs, k.own.err = diff.NewKernels(k.own.types, types)
	if k.sameBytes(k.own.raw, k.raw, e.Own) {
		return
	}
	changes, err := []diff.Change(nil), k.own.err
	if err == nil {
		changes, err = k.own.pairs.Compare(diff.Options{})
	}
	count(e.Own, changes, err)
}

// sameBytes says in a comparison whether both are the same to the byte.
func (k *kernelBTF) sameBytes(own, encoded []byte, o *index.Own) bool {
	if !bytes.Equal(own, encoded) {
		return false
	}
	o.Verdict = "equal"
	return true
}

// compareModule compares a module with the BTF that it has itself.
func (k *kernelBTF) compareModule(f *elffile.File, m *module.Module, e *index.Entry) {
	var base *btf.Types
	if k.own != nil {
		base = k.own.types
	}
	own, err := readOwn(f, base)
	if own == nil && err == nil {
		return
	}
	e.Own = &index.Own{Verdict: "unknown"}
	if own != nil {
		e.Own.Digest = digestOf(own.raw)
	}
	switch {
	case err != nil:
		e.Own.Why = err.Error()
		return
	case base == nil:
		e.Own.Why = "the vmlinux has no BTF of its own that could be read, from which this one is split"
		return
	case bytes.Equal(k.own.raw, k.raw) && k.sameBytes(own.raw, m.BTF.Bytes(), e.Own):
		return
	}
	k.own.mu.Lock()
	defer k.own.mu.Unlock()
	var changes []diff.Change
	switch {
	case k.own.err != nil:
		err = k.own.err
	case m.Base != nil || own.types.Base() != base:
		err = errors.New("one of them has a distilled base")
	default:
		changes, err = k.own.pairs.Module(own.types, m.BTF, diff.Options{})
	}
	count(e.Own, changes, err)
}

// count fills in what was found.
func count(o *index.Own, changes []diff.Change, err error) {
	if err != nil {
		o.Verdict, o.Why = "unknown", err.Error()
		return
	}
	o.Verdict = "same"
	for i := range changes {
		o.Verdict = "different"
		switch changes[i].Class {
		case diff.Added:
			o.Added++
		case diff.Removed:
			o.Removed++
		default:
			o.Changed++
		}
	}
}
