package dwarf2btf

import (
	"fmt"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/libbpf"
)

// Base is what split BTF goes on top of: the BTF of a kernel, for its modules. It
// is indexed once, and any number of [Convert] calls can use it, at the same time
// or one after the other.
//
// Each call that runs takes a workspace, which holds the types of the base in the
// form that package typegraph works on. Workspaces are used again, so there are as many
// as calls ran at the same time at most, and what a call adds to one is taken back
// when it ends.
type Base struct {
	types  *btf.Types
	compat libbpf.Version
	names  *names.Base
	dedup  *typegraph.Base

	flattens func() bool // its arrays are flat

	mu      sync.Mutex
	free    []*workspace
	storage []*unit.Storage // not in use
}

// BaseOptions of [NewBase].
type BaseOptions struct {
	Compat libbpf.Version // has to be that of [Convert]
}

// NewBase indexes BTF to be a base. types may be split BTF itself. The error is
// about a kind of type that is not known, or a base too large for BTF.
//
// types may be of [btf.LoadLoose]: [Convert] checks each type of the base that it comes across,
// and its error is a *BaseError. The feature distilled_base needs types that were checked.
func NewBase(types *btf.Types, opts BaseOptions) (*Base, error) {
	if err := checkStrings(types); err != nil {
		return nil, err
	}
	d, err := typegraph.NewBase(types)
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	return &Base{
		types: types, compat: opts.Compat, names: names.NewBase(types), dedup: d,
		flattens: sync.OnceValue(func() bool { return flattensArrays(types) }),
	}, nil
}

func checkStrings(types *btf.Types) error {
	if n := uint64(types.StringEnd()); n > maxBaseStrings {
		return fmt.Errorf("base: %d bytes of strings: at most %d are supported", n, maxBaseStrings)
	}
	return nil
}

// A BaseError of [Convert] says that a type of the base is damaged.
type BaseError struct {
	Err error // a *btf.ParseError
}

func (e *BaseError) Error() string { return "base: " + e.Err.Error() }
func (e *BaseError) Unwrap() error { return e.Err }

// maxBaseStrings keeps offsets below the bits of name keys. The kernel reads
// offsets of 24 bits (linux/btf.h, BTF_MAX_NAME_OFFSET).
const maxBaseStrings = 1 << 30

// Types returns the BTF of the base.
func (b *Base) Types() *btf.Types { return b.types }

// workspace is what a call of Convert works in: a graph with its shapes and names.
type workspace struct {
	names    *names.Table
	shapes   *typegraph.Shapes
	split    *typegraph.Split // of the base; nil without, when an encoder makes its own graph
	expected int              // types of the result, 0 with a base
	storage  *unit.Storage    // for what is read
}

// borrow returns a workspace that holds nothing but the base, for so many bytes of
// .debug_info, whose types are merged at the end or unit by unit, if that is possible.
func (b *Base) borrow(info uint64, deferred bool) *workspace {
	if b == nil {
		return &workspace{names: names.NewTable(nil), shapes: typegraph.NewShapes(), storage: new(unit.Storage)}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var storage *unit.Storage
	if n := len(b.storage); n > 0 {
		storage = b.storage[n-1]
		b.storage = b.storage[:n-1]
	} else {
		storage = unit.NewStorage()
	}
	byUnit := b.mergesByUnit(info)
	if n := len(b.free); n > 0 {
		w := b.free[n-1]
		b.free = b.free[:n-1]
		if !byUnit || !deferred {
			w.storage = storage
			return w
		}
		// It has room for one unit at a time, and is to hold all of them.
	}
	if byUnit && !deferred {
		info = minByUnit // few of the types stay
	}
	split := typegraph.NewSplit(b.dedup, typegraph.SplitOptions{Compat: b.compat, Expected: addedTypes(info)})
	return &workspace{names: names.NewTable(b.names), shapes: split.Shapes(), split: split, storage: storage}
}

// mergesByUnit reports whether the types of a module with so many bytes of .debug_info are
// merged unit by unit. For a small one, tables of the size of the base cost more than that
// saves.
func (b *Base) mergesByUnit(info uint64) bool {
	return info >= minByUnit && b.dedup.MergesByUnit(b.compat)
}

// giveBack takes a workspace back. Nothing of the caller may refer to it any more. One that has
// met a damaged type of the base is not used again: it would not notice that type. Nor is one
// that a large module has made large, which would hold its memory to the end of the batch.
func (b *Base) giveBack(w *workspace) {
	if b == nil {
		return
	}
	w.storage.Ended()
	again := !w.split.Damaged() && !w.split.Large()
	if again {
		w.split.Reset()
		w.names.Reset()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.storage = append(b.storage, w.storage)
	if w.storage = nil; again {
		b.free = append(b.free, w)
	}
}
