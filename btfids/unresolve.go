package btfids

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// Resolved reports whether the section, or a set in it, was filled in before.
func (t *Table) Resolved() bool {
	for i := range t.sets {
		if t.filled(&t.sets[i]) {
			return true
		}
	}
	return false
}

// filled reports whether a set has its count or an ID.
func (t *Table) filled(s *set) bool {
	if s.count == 0 {
		return false // its count is 0 either way
	}
	if count, _ := t.word(s.off); count != 0 {
		return true
	}
	for at := s.off + s.head(); at < s.end(); at += uint64(s.stride()) {
		if id, _ := t.word(at); id != 0 {
			return true
		}
	}
	return false
}

// Mixed reports whether a set8 of kernel functions that was filled in before has entries
// that differ in these flags, so that it matters whose they are.
func (t *Table) Mixed(flags uint32) bool {
	for i := range t.sets {
		s := &t.sets[i]
		if head, _ := t.word(s.off + wordSize); !s.pairs || head&setOfKfuncs == 0 || !t.filled(s) {
			continue
		}
		first, _ := t.word(s.off + s.head() + wordSize)
		for at := s.off + s.head(); at < s.end(); at += pairSize {
			if f, _ := t.word(at + wordSize); (f^first)&flags != 0 {
				return true
			}
		}
	}
	return false
}

// Linked is a section as the linker left it.
type Linked struct {
	Data []byte
	// Moved is the number of functions whose flags stood at the place of another one.
	Moved int
	// Doubt are the names of functions whose flags are not known: the section has no
	// IDs for them, and several flags that may be theirs.
	Doubt []string
}

// Unresolve returns the section as the linker left it: without IDs and counts, and with
// the flags of each function back at the place of its symbol. Sorting a set moved the
// flags along with the IDs, and only the IDs say whose they are, so types must be those
// from which the section was filled in. They may be nil if nothing depends on them, as
// where all functions of a set have the same flags.
//
// The error is a *ForeignError: types are not those.
func (t *Table) Unresolve(types *btf.Types) (*Linked, error) {
	longest := 0
	for i := range t.lists {
		longest = max(longest, t.lists[i].longest())
	}
	nameOf := func(id uint32) (string, bool) { return nameByID(types, btf.ID(id), longest) }
	return t.unresolve(func([]setSlot) func(uint32) (string, bool) { return nameOf })
}

// WithoutFlags returns the section with no flags for any function.
func (t *Table) WithoutFlags() []byte {
	data := bytes.Clone(t.data)
	for i := range t.sets {
		s := &t.sets[i]
		if !s.pairs {
			continue
		}
		for at := s.off + s.head(); at < s.end(); at += pairSize {
			t.order.PutUint32(data[at+wordSize:], 0)
		}
	}
	return data
}

// UnresolveInOrder is Unresolve by types that are not those from which the section was
// filled in, but have the same functions in the same order, as after encoding with the
// flags of others: the smallest ID of a set is that of the first of its functions, and so
// on. Whether that is true is up to the caller: types made with the flags that it returns have
// to be those for Unresolve. The error is a *ForeignError: the functions are not the same.
func (t *Table) UnresolveInOrder(types *btf.Types) (*Linked, error) {
	known := make(map[string]btf.ID) // by name with kind
	for i, ids := range t.lookUp(types, &Result{}) {
		for name, id := range ids {
			known[nameWithKind(listKinds[i], name)] = id
		}
	}
	return t.unresolve(func(slots []setSlot) func(uint32) (string, bool) {
		var ids []uint32
		var names []string
		for _, s := range slots {
			if s.id != 0 {
				ids = append(ids, s.id)
			}
			if known[s.name] != 0 {
				names = append(names, s.name)
			}
		}
		slices.Sort(ids)
		slices.SortFunc(names, func(a, b string) int { return cmp.Compare(known[a], known[b]) })
		return func(id uint32) (string, bool) {
			i, found := slices.BinarySearch(ids, id)
			if !found || len(ids) != len(names) {
				return "", false
			}
			return names[i], true
		}
	})
}

// unresolve is Unresolve by a function for each set that returns the name of an ID, as unsort wants it.
func (t *Table) unresolve(namesOf func([]setSlot) func(id uint32) (string, bool)) (*Linked, error) {
	l := &Linked{Data: bytes.Clone(t.data)}
	names := make(map[uint64]string) // by the place of the ID
	for i, kind := range listKinds {
		for _, e := range t.lists[i].entries {
			for _, off := range e.offs {
				t.order.PutUint32(l.Data[off&^(wordSize-1):], 0)
				names[off&^(wordSize-1)] = nameWithKind(kind, e.name)
			}
		}
	}
	for i := range t.sets {
		s := &t.sets[i]
		if !t.filled(s) {
			continue
		}
		t.order.PutUint32(l.Data[s.off:], 0)
		if !s.pairs {
			continue
		}
		slots := make([]setSlot, s.count)
		for i := range slots {
			at := s.off + s.head() + uint64(i)*pairSize
			slots[i].id, _ = t.word(at)
			slots[i].flags, _ = t.word(at + wordSize)
			slots[i].name = names[at]
		}
		flags, doubt, err := unsort(slots, namesOf(slots))
		if err != nil {
			return nil, err
		}
		l.Doubt = append(l.Doubt, doubt...)
		for i, f := range flags {
			if f != slots[i].flags {
				l.Moved++
				t.order.PutUint32(l.Data[s.off+s.head()+uint64(i)*pairSize+wordSize:], f)
			}
		}
	}
	return l, nil
}

// nameWithKind is a name that no type of another kind has.
func nameWithKind(kind btf.Kind, name string) string { return kind.String() + " " + name }

// nameByID returns the name of the type with an ID, as unsort wants it.
func nameByID(types *btf.Types, id btf.ID, longest int) (string, bool) {
	if types == nil {
		return "", false
	}
	rec := types.Record(id)
	if name := types.NameUpTo(id, longest); name != "" && slices.Contains(listKinds[:], rec.Kind()) {
		return nameWithKind(rec.Kind(), name), true
	}
	return "", rec != nil && id < types.FirstID() // a base may be one without names, in the place of another one
}
