package typegraph

import "github.com/gopahole/gopahole/libbpf"

// Split is a graph on top of a base, for split BTF: a [Deferred], or like [Incremental] after
// MergeByUnit. The IDs of the base's types are their type IDs, and they stay as they are.
//
// It has shapes of its own, so that both can be emptied together.
type Split struct{ graph }

// SplitOptions are the options of NewSplit.
type SplitOptions struct {
	Compat libbpf.Version

	// Few says that the types to be added will come across few types of the base.
	Few bool

	// Expected is about how many types will be added, 0 if that is not known.
	Expected int
}

// NewSplit returns a graph with the types of a base.
func NewSplit(base *Base, opts SplitOptions) *Split {
	g := new(Split)
	g.init(newShapesOver(base), options{deferred: true, base: base, few: opts.Few, compat: opts.Compat, expected: opts.Expected})
	return g
}

// Shapes returns the shapes for the types that are added.
func (g *Split) Shapes() *Shapes { return g.shapes }

// Damaged reports whether the graph has come across a damaged type of the base. It stays so.
func (g *Split) Damaged() bool { return g.base.err != nil }

// Reset forgets everything but the base, as if the graph had just been made. It
// takes time for what was added, not for the base: modules of one kernel can
// share a graph, one after the other. Shapes, IDs and results got so far are void.
func (g *Split) Reset() {
	g.reset()
	g.shapes.reset()
}

// Large reports whether the graph holds memory that most inputs do not need, although it was
// reset.
func (g *Split) Large() bool {
	const nodes, edges = 1 << 17, 1 << 19
	return cap(g.nodes)-int(g.own) > nodes+int(g.own)/4 || cap(g.edges)-g.start.edges > edges+g.start.edges/4
}
