package typegraph

import (
	"context"
	"fmt"

	"github.com/gopahole/gopahole/internal/memory"
)

// Result is the merged types in the order of output.
type Result struct {
	// First is the ID of the first type: 1, or the number of IDs of the base.
	First uint32

	// Shapes holds the own content of the types, indexed by ID - First.
	Shapes []Shape

	// Start and Edges hold the references in the order of Unit: those of ID are
	// Edges[Start[ID-First]:Start[ID-First+1]], as final IDs.
	Start []uint32
	Edges []uint32

	// Final gives the final ID for every graph ID that is not of the base, indexed
	// by ID - First.
	Final []uint32
}

// NumIDs returns the number of IDs in use, void and those of the base included.
func (r *Result) NumIDs() uint32 { return r.First + uint32(len(r.Shapes)) }

// Type returns the content and the references of a type that is not of the base.
func (r *Result) Type(id uint32) (Shape, []uint32) {
	i := id - r.First
	return r.Shapes[i], r.Edges[r.Start[i]:r.Start[i+1]]
}

// Finish is described in Graph. In the incremental mode the error is a *NeedCountError
// if the caller has to start over with that count.
func (g *graph) Finish(ctx context.Context) (*Result, error) {
	g.cancel.ctx = ctx
	defer func() { g.cancel.ctx = nil }()
	if g.err != nil {
		return nil, g.err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := g.checkOrder(); err != nil {
		return nil, err
	}
	g.err = fmt.Errorf("the graph is finished")
	r, err := g.finish()
	if err := g.withBase(err); err != nil {
		return nil, err
	}
	return r, nil
}

// finish is Finish of a graph that it may be called for.
func (g *graph) finish() (*Result, error) {
	g.sorted.release()
	if g.opts.deferred {
		g.effort.whole, g.effort.next = true, 0
		g.structs = g.listWaiting(g.refTypes[:0], classStruct, classTypedef)
		if err := g.mergeStructs(); err != nil {
			return nil, err
		}
	}
	g.bindEnums()
	if g.tail == nil {
		if err := g.settle(); err != nil {
			return nil, err
		}
	}
	return g.result(), nil
}

// settle resolves forward declarations, and merges the reference types for good.
func (g *graph) settle() error {
	g.resolveForwards()
	if g.opts.deferred {
		g.refTypes, g.structs = g.listWaiting(g.structs[:0], classRef, classRef), nil
		return g.mergeRefs()
	}
	g.structs, g.refTypes = nil, nil
	g.mergeRefsAgain()
	if g.base.order {
		return g.needsOrder()
	}
	return nil
}

// listWaiting appends the types of two classes that were added to an empty list (deferred
// mode). It has room for all of the one kind or the other from the beginning.
func (g *graph) listWaiting(list []uint32, a, b class) []uint32 {
	if n := max(g.waiting.structs, g.waiting.refs); n > cap(list) {
		list = memory.Make[uint32](0, n)
	}
	nodes, info := g.nodes, g.info
	for id := g.own; id < uint32(len(nodes)); id++ {
		if c := info[nodes[id].shape].class; c == a || c == b {
			list = append(list, id)
		}
	}
	return list
}

// mergeRefsAgain merges reference types that have become equal since they were
// added, because a forward was resolved (incremental mode). In the order of their
// creation every type follows what it refers to, so one round is enough, and
// the first of the types that are equal now is the one that libbpf, which
// decides on them all at the end but in the same order, would keep.
func (g *graph) mergeRefsAgain() {
	created := g.created
	g.created, g.finishing = nil, true
	clear(g.refs.slots)
	g.refs.used = 0
	for _, id := range created {
		n := &g.nodes[id]
		edges := g.edgesOf(n)
		for i, e := range edges {
			edges[i] = g.resolve(e)
		}
		if canon := g.insertRef(id); canon != 0 {
			n.canon = canon
		}
	}
}

// result numbers the types that stand for themselves and rewrites references
// (libbpf: btf_dedup_compact_types, btf_dedup_remap_types).
func (g *graph) result() *Result {
	own := g.nodes[g.own:]
	last := g.tail
	if last == nil {
		last = &lastTypes{start: []uint32{0}}
	}
	types := len(own) + len(last.shapes)
	r := &Result{First: g.own, Final: memory.Make[uint32](len(own), types)}
	next := g.own
	edges := 0
	for i := range own {
		if n := &own[i]; n.canon == g.own+uint32(i) {
			r.Final[i] = next
			next++
			edges += int(g.info[n.shape].edges)
		}
	}
	count := int(next-g.own) + len(last.shapes)
	r.Shapes = make([]Shape, 0, count)
	r.Start = make([]uint32, 1, count+1)
	r.Edges = make([]uint32, 0, edges+len(last.edges))
	for i := range own {
		n := &own[i]
		if n.canon != g.own+uint32(i) {
			continue
		}
		r.Shapes = append(r.Shapes, n.shape)
		for _, e := range g.edgesOf(n) {
			if e = g.resolve(e); e >= g.own {
				e = r.Final[e-g.own]
			}
			r.Edges = append(r.Edges, e)
		}
		r.Start = append(r.Start, uint32(len(r.Edges)))
	}
	for i := range own {
		canon := g.resolve(g.own + uint32(i))
		switch {
		case canon < g.own:
			r.Final[i] = canon
		case canon != g.own+uint32(i):
			r.Final[i] = r.Final[canon-g.own]
		}
	}
	r.appendLast(last, next)
	return r
}

// appendLast appends the types after those of the units, which get the IDs from first on.
func (r *Result) appendLast(last *lastTypes, first uint32) {
	for i, sh := range last.shapes {
		r.Shapes, r.Final = append(r.Shapes, sh), append(r.Final, first+uint32(i))
		for _, e := range last.edgesOf(uint32(i)) {
			if e >= last.first {
				e = e - last.first + first
			} else if e >= r.First {
				e = r.Final[e-r.First]
			}
			r.Edges = append(r.Edges, e)
		}
		r.Start = append(r.Start, uint32(len(r.Edges)))
	}
}
