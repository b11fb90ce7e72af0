package btfids

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// A Result is what Resolve found.
type Result struct {
	Data     []byte // the contents of the section
	Warnings []Warning
}

// A Warning is a name that does not stand for one type.
type Warning struct {
	Kind btf.Kind
	Name string
	Used btf.ID // 0: there is no type of that kind and name, and the ID in the section is 0
	Also btf.ID // another type of that kind and name
}

// String returns the line that resolve_btfids prints.
func (w Warning) String() string {
	if w.Used == 0 {
		return "WARN: resolve_btfids: unresolved symbol " + w.Name
	}
	return fmt.Sprintf("WARN: multiple IDs found for '%s': %d, %d - using %d", w.Name, w.Used, w.Also, w.Used)
}

// Resolve looks up all names in types and its bases and returns the section with
// their IDs. Of several types with one name, the lowest ID counts.
func (t *Table) Resolve(types *btf.Types) *Result {
	r := &Result{Data: bytes.Clone(t.data)}
	ids := t.lookUp(types, r)
	before := t.resolvedSets()
	for i := range t.lists {
		for _, e := range t.lists[i].entries {
			id := ids[i][e.name]
			if id == 0 {
				r.Warnings = append(r.Warnings, Warning{Kind: listKinds[i], Name: e.name})
			}
			for _, off := range e.offs {
				t.order.PutUint32(r.Data[off&^(wordSize-1):], uint32(id))
			}
		}
	}
	for _, s := range t.sets {
		t.order.PutUint32(r.Data[s.off:], uint32(s.count))
	}
	for i, s := range t.sets {
		t.sort(r.Data, &s, before[i])
	}
	return r
}

// lookUp finds the first type of each name. It warns of others as resolve_btfids
// does: as long as names of that kind are missing, counted by symbols.
func (t *Table) lookUp(types *btf.Types, r *Result) (ids [len(listKinds)]map[string]btf.ID) {
	var missing, longest [len(listKinds)]int
	for i := range ids {
		ids[i] = make(map[string]btf.ID, len(t.lists[i].entries))
		missing[i], longest[i] = t.lists[i].symbols, t.lists[i].longest()
	}
	for id, rec := range types.All() {
		i := slices.Index(listKinds[:], rec.Kind())
		if i < 0 || missing[i] == 0 {
			continue
		}
		name := types.NameUpTo(id, longest[i])
		if t.lists[i].find(name) == nil {
			continue
		}
		if first, ok := ids[i][name]; ok {
			r.Warnings = append(r.Warnings, Warning{Kind: listKinds[i], Name: name, Used: first, Also: id})
			continue
		}
		ids[i][name] = id
		missing[i]--
	}
	return ids
}

// resolvedSets tells which sets were resolved before: they have their count.
func (t *Table) resolvedSets() []bool {
	before := make([]bool, len(t.sets))
	for i, s := range t.sets {
		count, _ := t.word(s.off)
		before[i] = s.count > 0 && count == uint32(s.count)
	}
	return before
}

// sort sorts the IDs of a set; flags go with their ID.
//
// In a set that was sorted before, only the IDs were written by symbols again: in
// the order of the symbols, while flags are in the order of the IDs of then. As
// that order is the same now for functions of one file, flags stay where they
// are. (resolve_btfids of Linux 6.12 gives them to other functions.)
func (t *Table) sort(data []byte, s *set, before bool) {
	part := data[s.off+s.head() : s.end()]
	stride := s.stride()
	type element struct{ id, flags uint32 }
	elems := make([]element, s.count)
	for i := range elems {
		p := part[i*stride:]
		elems[i].id = t.order.Uint32(p)
		if s.pairs {
			elems[i].flags = t.order.Uint32(p[wordSize:])
		}
	}
	// Equal IDs, those of missing names first of all, keep their order.
	slices.SortStableFunc(elems, func(a, b element) int { return cmp.Compare(int32(a.id), int32(b.id)) })
	for i, e := range elems {
		p := part[i*stride:]
		t.order.PutUint32(p, e.id)
		if s.pairs && !before {
			t.order.PutUint32(p[wordSize:], e.flags)
		}
	}
}
