package btfids

import (
	"bytes"

	"github.com/gopahole/gopahole/btf"
)

// Resolved reports whether the section was filled in before: a set has its count.
func (t *Table) Resolved() bool {
	for _, resolved := range t.resolvedSets() {
		if resolved {
			return true
		}
	}
	return false
}

// Unresolve returns the section as the linker left it: without IDs and counts, and with
// the flags of each function back at the place of its symbol. Sorting a set moved the
// flags along with the IDs, and only the IDs say whose they are. So types must be those
// from which the section was filled in. Functions that they do not have are taken in the
// order of their symbols.
func (t *Table) Unresolve(types *btf.Types) []byte {
	data := bytes.Clone(t.data)
	names := make(map[uint64]string) // of the functions, by the place of their ID
	for i, kind := range listKinds {
		for _, e := range t.lists[i].entries {
			for _, off := range e.offs {
				t.order.PutUint32(data[off&^(wordSize-1):], 0)
				if kind == btf.KindFunc {
					names[off&^(wordSize-1)] = e.name
				}
			}
		}
	}
	before := t.resolvedSets()
	for i := range t.sets {
		s := &t.sets[i]
		if !before[i] {
			continue
		}
		t.order.PutUint32(data[s.off:], 0)
		if !s.pairs {
			continue
		}
		flags := make(map[string]uint32, s.count) // by name of the function
		var others []uint32                       // of those without an ID
		for at := s.off + s.head(); at < s.end(); at += pairSize {
			id, _ := t.word(at)
			f, _ := t.word(at + wordSize)
			if id != 0 && btf.ID(id) < types.NumIDs() {
				flags[types.Name(btf.ID(id))] = f
			} else {
				others = append(others, f)
			}
		}
		for at := s.off + s.head(); at < s.end(); at += pairSize {
			f, ok := flags[names[at]]
			switch {
			case ok:
			case len(others) > 0:
				f, others = others[0], others[1:]
			default: // it is not the BTF that it was filled in from
				continue
			}
			t.order.PutUint32(data[at+wordSize:], f)
		}
	}
	return data
}
