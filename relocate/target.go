package relocate

import (
	"sync"

	"github.com/gopahole/gopahole/btf"
)

// A Target is BTF that other BTF is moved onto, with an index by name. It does not
// change, and several goroutines may use it at the same time.
type Target struct {
	types *btf.Types

	// Types that a distilled one can be matched with, by name, in the order of
	// their IDs: the first of a name, and after each the next, 0 at the end.
	first map[string]btf.ID
	next  []btf.ID // by ID

	needSize []bool // by ID: matched only with a distilled type of equal size

	names nameBudget

	otherOnce sync.Once
	other     map[string]btf.ID // the first type of a name of another kind
}

// NewTarget makes a target of a kernel's BTF, or of split BTF that goes on from
// one. (With a split target libbpf 1.8 computes wrong string offsets.)
func NewTarget(types *btf.Types) *Target {
	n := types.NumIDs()
	t := &Target{
		types:    types,
		first:    make(map[string]btf.ID, n/2),
		next:     make([]btf.ID, n),
		needSize: make([]bool, n),
	}
	// Kernels count STRUCTs and UNIONs by the offset of their name, not by the
	// name.
	composites := make(map[btf.StrOff]int)
	for _, rec := range types.All() {
		if rec.Kind().IsComposite() {
			composites[rec.NameOff()]++
		}
	}
	for id := n - 1; id > 0; id-- {
		rec := types.Record(id)
		kind := rec.Kind()
		if rec.NameOff() == 0 || !isCandidate(kind) {
			continue
		}
		name := types.Name(id)
		if !t.names.spend(name) {
			break // check refuses such a target
		}
		t.next[id] = t.first[name]
		t.first[name] = id
		t.needSize[id] = hasScalarSize(kind) || kind.IsComposite() && composites[rec.NameOff()] > 1
	}
	return t
}

// Types returns what the target was made of.
func (t *Target) Types() *btf.Types { return t.types }

// strEnd is the offset after the last string.
func (t *Target) strEnd() btf.StrOff { return t.types.StringEnd() }

// otherKind returns the first type of that name whose kind relocation does not
// look at, or 0.
func (t *Target) otherKind(name string) btf.ID {
	t.otherOnce.Do(func() {
		t.other = make(map[string]btf.ID)
		var names nameBudget
		for id := t.types.NumIDs() - 1; id > 0 && !names.spent(); id-- {
			if rec := t.types.Record(id); rec.NameOff() != 0 && !isCandidate(rec.Kind()) {
				name := t.types.Name(id)
				names.spend(name)
				t.other[name] = id
			}
		}
	})
	return t.other[name]
}

// hasScalarSize reports whether types of this kind are always told apart by
// their size.
func hasScalarSize(kind btf.Kind) bool {
	return kind == btf.KindInt || kind == btf.KindFloat || kind.IsAnyEnum()
}

// isCandidate reports whether relocation looks at types of this kind.
func isCandidate(kind btf.Kind) bool {
	return hasScalarSize(kind) || kind.IsComposite() || kind == btf.KindFwd
}
