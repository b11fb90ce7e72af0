package typegraph

import "github.com/gopahole/gopahole/libbpf"

// Incremental is a graph that merges the types of a unit as it is added, and forgets
// those that others stand for. So it never holds more than the types that are left
// and one unit.
//
// Add fails with a [NeedDeferredError] when the result might not be that of libbpf;
// equivalence.go says when that is. The caller then starts over with a [Deferred].
type Incremental struct{ graph }

// IncrementalOptions are the options of NewIncremental.
type IncrementalOptions struct {
	Compat libbpf.Version

	// Primitives is the number of entries that INT, FLOAT, FWD, ENUM and ENUM64
	// types of the whole input get in libbpf's table, if it is known from a
	// [NeedCountError]. 0 is unknown: the graph goes by a guess.
	Primitives uint64

	// Scouts says that there will be scouts.
	Scouts bool

	// Expected is about how many types the result will have, 0 if that is not known.
	// Memory for so many is taken in advance, rather than step by step.
	Expected int
}

// NewIncremental returns an empty graph for types of these shapes.
func NewIncremental(shapes *Shapes, opts IncrementalOptions) *Incremental {
	g := new(Incremental)
	g.init(shapes, options{compat: opts.Compat, primitives: opts.Primitives, expected: opts.Expected})
	if opts.Scouts {
		g.published = &published{several: make([]another, 1)}
	}
	return g
}

// CheckOrder returns a *NeedCountError if the graph took a candidate that libbpf
// would not have taken. Finish does so as well; a caller that calls it after the last
// unit with INT, FLOAT, FWD, ENUM, ENUM64, STRUCT, UNION or TYPEDEF types knows
// sooner.
func (g *Incremental) CheckOrder() error { return g.checkOrder() }

// Snapshot is the types that a graph had at some time. It may be read while more are
// added.
type Snapshot struct {
	nodes []node
	edges []uint32
	info  []shapeInfo
}

// Snapshot returns the types of the graph. What comes later changes neither shapes nor
// references of types that are there: Add decides on the references of its own unit
// only, and what stays of that comes after them. Until Finish, that is.
//
// Other graphs have no snapshots: there types change their references later, and
// looking at those of a base changes the graph.
func (g *Incremental) Snapshot() *Snapshot { return &Snapshot{g.nodes, g.edges, g.info} }

// Node is the method of [Graph] for the types of the snapshot.
func (s *Snapshot) Node(id uint32) (Shape, []uint32) {
	n := &s.nodes[id]
	return n.shape, s.edges[n.start:][:s.info[n.shape].edges]
}
