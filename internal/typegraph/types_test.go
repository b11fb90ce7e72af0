package typegraph

import (
	"bytes"
	"context"
	"iter"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// unitOf turns a unit that was made up into one for a graph.
func unitOf(b interface {
	All() iter.Seq2[[]uint32, []uint32]
}, s *Shapes) *Unit {
	u := &Unit{Start: []uint32{0}}
	for words, refs := range b.All() {
		u.Shapes = append(u.Shapes, s.Intern(words))
		for _, r := range refs {
			u.Edges = append(u.Edges, Ref(r))
		}
		u.Start = append(u.Start, uint32(len(u.Edges)))
	}
	return u
}

// unitOfTypes turns the own types into one unit, with string offsets as names.
func unitOfTypes(types *btf.Types, s *Shapes) *Unit {
	u := &Unit{Start: []uint32{0}}
	var words, refs []uint32
	for _, rec := range types.Own() {
		words, refs = SplitRecord(words[:0], refs[:0], rec)
		u.Shapes = append(u.Shapes, s.Intern(words))
		for _, id := range refs {
			r := InGraph(id)
			if id >= uint32(types.FirstID()) {
				r = Local(id - uint32(types.FirstID()) + 1)
			}
			u.Edges = append(u.Edges, r)
		}
		u.Start = append(u.Start, uint32(len(u.Edges)))
	}
	return u
}

// mergeTypes merges types as package dedup does, with their strings as they are. On a
// base, it does so with all of that and with what the types need of it, and the results
// have to be the same.
func mergeTypes(t testing.TB, types *btf.Types) (*btf.Types, Stats, error) {
	t.Helper()
	if types.Base() == nil {
		return mergeOver(t, types, nil)
	}
	all, err := NewBase(types.Base())
	if err != nil {
		t.Fatal(err)
	}
	part, err := NewBaseFor(types.Base(), types.Words())
	if err != nil {
		t.Fatal(err)
	}
	want, _, wantErr := mergeOver(t, types, all)
	got, stats, err := mergeOver(t, types, part)
	if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("with a part of the base: %v, %v; with all of it: %v, %v", got, err, want, wantErr)
	}
	return got, stats, err
}

// mergeOver is mergeTypes over a base, which may be nil.
func mergeOver(t testing.TB, types *btf.Types, base *Base) (*btf.Types, Stats, error) {
	t.Helper()
	shapes := NewShapes()
	var g Graph = NewDeferred(shapes, 0)
	if base != nil {
		split := NewSplit(base, SplitOptions{})
		g, shapes = split, split.Shapes()
	}
	err := g.Add(unitOfTypes(types, shapes))
	var res *Result
	if err == nil {
		res, err = g.Finish(context.Background())
	}
	if err != nil {
		return nil, g.Stats(), err
	}
	var words []uint32
	for id := res.First; id < res.NumIDs(); id++ {
		shape, edges := res.Type(id)
		words = AppendRecord(words, shapes.Words(shape), edges, func(n uint32) uint32 { return n })
	}
	out, err := types.Replace(words, types.Strings())
	if err != nil {
		t.Fatal(err)
	}
	return out, g.Stats(), nil
}
