package typegraph

import (
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// NewBaseFor is NewBase for one graph, to which only types with the records own are
// added. Records follow each other there, and names are offsets into the strings of t, or
// from their end on. The indexes have only what one of those types may be equal to, which
// takes less time where they are few. Results are the same.
func NewBaseFor(t *btf.Types, own []uint32) (*Base, error) {
	b := newBase(t)
	b.edges = edgeRoom(b.words)
	n := int(b.n)
	room := n / 8 // most types stay out; if not, lists become longer
	next := make([]uint32, n)
	b.contents.init(room, next, b, b.hashContent, isContent)
	b.refs.init(room, next, b, b.hashRecord, isRef)
	funcs := new(someTable)
	b.allFuncs = func() *someTable { return funcs }
	b.askedFuncs.Store(true)
	for _, id := range slices.Backward(b.newSieve(own).sift()) {
		rec := b.record(id)
		switch kind := rec.Kind(); {
		case kind == btf.KindFunc:
			funcs.ids = append(funcs.ids, id)
		case kinds[kind].class == classRef:
			b.refs.quick.add(b.quickRecord(rec), id)
		default:
			if err := b.indexContent(kinds[kind].class, rec, id); err != nil {
				return nil, err
			}
		}
	}
	b.indexed()
	slices.Reverse(funcs.ids)
	funcs.index(func(id uint32) uint64 { return b.hashRecord(b.record(id)) })
	return b, nil
}

// edgeRoom returns a number that the references of records do not exceed: what refers has a second
// word for it, or the three of all records.
func edgeRoom(words []uint32) int { return len(words) / 2 }
