package dedup

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// unitOf turns records, whose IDs start at first, into the unit of a graph. String
// offsets are the identities of names.
func unitOf(words []uint32, first btf.ID, shapes *typegraph.Shapes) (*typegraph.Unit, error) {
	u := &typegraph.Unit{Start: []uint32{0}}
	var shape, refs []uint32
	for id := first; len(words) > 0; id++ {
		kind, vlen := btf.KindOf(words[1]), btf.VlenOf(words[1])
		n, ok := btf.RecordWords(kind, vlen)
		if !ok || !typegraph.Supports(kind) {
			return nil, &UnknownKindError{id, kind}
		}
		shape, refs = typegraph.SplitRecord(shape[:0], refs[:0], words[:n])
		u.Shapes = append(u.Shapes, shapes.Intern(shape))
		for _, ref := range refs {
			u.Edges = append(u.Edges, edge(btf.ID(ref), first))
		}
		u.Start = append(u.Start, uint32(len(u.Edges)))
		words = words[n:]
	}
	return u, nil
}

// edge returns the reference to a type of the base or of the unit, whose first ID is
// first.
func edge(id, first btf.ID) typegraph.Ref {
	if id < first {
		return typegraph.InGraph(uint32(id))
	}
	return typegraph.Local(uint32(id - first + 1))
}
