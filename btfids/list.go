package btfids

import (
	"maps"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// A Slot is a place in the section for the ID of a type.
type Slot struct {
	Offset uint64 // in the section, in bytes
	ID     btf.ID // as it was read; 0 before the section is filled, and for types that were not found
}

// Slots returns all places that symbols ask for, in the order of the section. It does
// not say which type a place is for: in a filled section the IDs of a set are sorted,
// and its symbols are not.
func (t *Table) Slots() []Slot {
	at := make(map[uint64]btf.ID)
	for i := range t.lists {
		for _, e := range t.lists[i].entries {
			for _, off := range e.offs {
				if id, ok := t.word(off); ok {
					at[off] = btf.ID(id)
				}
			}
		}
	}
	var slots []Slot
	for _, off := range slices.Sorted(maps.Keys(at)) {
		slots = append(slots, Slot{off, at[off]})
	}
	return slots
}

// MaxLists is how many places resolve_btfids takes for one name (ADDR_CNT). Here there is
// no limit, and those who stand in for that program ask Crowded.
const MaxLists = 100

// Crowded returns a name that has more places than MaxLists. The table may be nil.
func (t *Table) Crowded() (name string, ok bool) {
	if t == nil {
		return "", false
	}
	for i := range t.lists {
		for _, e := range t.lists[i].entries {
			if len(e.offs) > MaxLists {
				return e.name, true
			}
		}
	}
	return "", false
}

// AsksForFunc reports whether a symbol asks for the ID of a FUNC of that name. The table
// may be nil.
func (t *Table) AsksForFunc(name string) bool {
	return t != nil && t.lists[slices.Index(listKinds[:], btf.KindFunc)].find(name) != nil
}
