package btf

import (
	"fmt"
	"slices"
	"strings"
)

// Permute returns t with its own types in another order: the type with the ID
// t.FirstID()+i gets the ID to[i], and references follow (libbpf:
// btf__permute). to holds each own ID once. Strings stay as they are, and so
// do the types of the base.
//
// The error says what is wrong with to, or which type is of a kind that this
// package does not know, so that its references could not follow.
func Permute(t *Types, to []ID) (*Types, error) {
	from, err := invert(t, to)
	if err != nil {
		return nil, err
	}
	if t.headerRest {
		return nil, fmt.Errorf("permute: the header has fields that are not known")
	}
	words := make([]uint32, 0, len(t.words))
	for _, id := range from {
		at := len(words)
		words = append(words, t.Record(id)...)
		rec := Record(words[at:])
		if kind := rec.Kind(); !kind.Known() {
			return nil, fmt.Errorf("permute: [%d]: %s", id, kind.NotKnown())
		}
		rec.MapRefs(func(ref ID) ID {
			if ref >= t.firstID {
				ref = to[ref-t.firstID]
			}
			return ref
		})
	}
	p, err := t.Replace(words, []byte(t.text))
	if err != nil {
		return nil, fmt.Errorf("permute: %w", err)
	}
	return p, nil
}

// invert returns the old IDs in the order of the new ones.
func invert(t *Types, to []ID) ([]ID, error) {
	if n := t.NumIDs() - t.firstID; uint64(len(to)) != uint64(n) {
		return nil, fmt.Errorf("permute: %d IDs for %d types", len(to), n)
	}
	from := make([]ID, len(to)) // 0: not taken; 0 is void and never an own ID
	for i, id := range to {
		old := t.firstID + ID(i)
		switch {
		case id < t.firstID || id >= t.NumIDs():
			return nil, fmt.Errorf("permute: [%d] cannot become [%d]: the types go from %d to %d", old, id, t.firstID, t.NumIDs()-1)
		case from[id-t.firstID] != 0:
			return nil, fmt.Errorf("permute: [%d] and [%d] cannot both become [%d]", from[id-t.firstID], old, id)
		}
		from[id-t.firstID] = old
	}
	return from, nil
}

// SortByName returns t with its own types in the order of their names, byte by
// byte and those without a name first; types of one name keep their order.
// Kernels from 7.0 on look types up faster in BTF of this order (resolve_btfids
// of Linux 7.2: sort_btf_by_name). Errors are those of [Permute].
func SortByName(t *Types) (*Types, error) {
	from := make([]ID, t.NumIDs()-t.firstID)
	names := make([]string, len(from)) // looked up once, not in each comparison
	for i := range from {
		from[i] = t.firstID + ID(i)
		names[i] = t.Name(from[i])
	}
	slices.SortStableFunc(from, func(a, b ID) int { return strings.Compare(names[a-t.firstID], names[b-t.firstID]) })
	to := make([]ID, len(from))
	for i, old := range from {
		to[old-t.firstID] = t.firstID + ID(i)
	}
	return Permute(t, to)
}
