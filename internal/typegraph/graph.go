package typegraph

import (
	"fmt"
	"math/rand/v2"
)

// Compat names the libbpf whose behaviour is reproduced where versions differ.
type Compat uint8

const (
	// LibBPF18 is libbpf 1.8, and the default.
	LibBPF18 Compat = iota
	// LibBPF17 is libbpf 1.7.0, which does not find the typedefs of a base, so
	// that split BTF repeats every typedef it uses.
	LibBPF17
)

// GraphOptions are the options of NewGraph.
type GraphOptions struct {
	// Raw keeps every type until Finish, which then does exactly what libbpf
	// does with the whole input. Without it, Add forgets duplicates at once.
	Raw bool

	// Base holds the types of a base, if any; their graph IDs are their type IDs,
	// and they stay as they are. It needs Raw, and NewShapesOver the base.
	Base *Base
	// Few says that what is added will come across few types of the base.
	Few bool

	// Primitives is the number of entries that INT, FLOAT, FWD, ENUM and ENUM64
	// types of the whole input get in libbpf's table, if it is known from a
	// NeedCountError. 0 is unknown: the graph goes by a guess. The raw mode does
	// not need it.
	Primitives uint64

	Compat Compat

	// Room is about how many types the result will have, 0 if that is not known. Room
	// for so many is made in advance, rather than step by step. With a base it is how
	// many types will be added. The raw mode without a base goes by Progress instead.
	Room int
}

// node is a type in the graph. There are millions of them, so it is kept to 16
// bytes and four of them share a cache line.
type node struct {
	shape Shape
	start uint32 // first edge
	rep   uint32 // type that stands for it: 0 not known yet, own ID if itself (libbpf: map)
	hyp   uint32 // type assumed to be the same during one comparison, or 0 (libbpf: hypot_map)
}

// inProgress is the rep of a reference type whose references are being merged.
const inProgress = 1<<32 - 1

// maxIDs bounds the graph: an ID has to fit into a Ref.
const maxIDs = 1 << 31

// Graph merges equal types. It is not safe for concurrent use.
//
// IDs number the nodes. 0 is void; those of a base follow, then the types that
// were added.
type Graph struct {
	shapes *Shapes
	opts   GraphOptions
	err    error // sticky

	info  []shapeInfo // indexed by Shape
	nodes []node      // indexed by ID
	edges []uint32    // IDs; those of a node are consecutive
	own   uint32      // first ID that is not of the base

	known known
	table candidates
	order order
	enums enumTable
	refs  refTable

	// The types that wait for their pass, in ID order: of the current unit; in raw
	// mode of all units, but only when the passes begin.
	structs  []uint32 // STRUCT, UNION, TYPEDEF
	refTypes []uint32 // classRef
	sorted   sortedTypes

	waiting struct{ structs, refs int } // raw mode: how many there will be

	progress float64 // part of all units that was added, 0 if not known

	ignoreGuards bool // for tests of the guards

	ids     []uint32 // of the last unit, indexed by local number
	created []uint32 // merged mode: reference types in the order in which they were merged

	shadows shadows
	saved   rawUnit

	base  baseTypes
	start startMark
	cmp   comparison
	unit  unitState
	steps []refStep
	stats Stats

	effort  effort
	classes []uint32 // by ID: types of different classes are never equal; nil if not known
}

// unitState is what has to be remembered of the unit being added, in merged
// mode; in raw mode, of all units.
type unitState struct {
	base        uint32       // first ID of the unit; in raw mode, of all that is not of the base
	edgeBase    uint32       // index of its first edge
	firstRef    int          // index into created of its first reference type
	firstStruct int          // index into order.inserted of its first candidate
	inserted    []uint32     // IDs that became candidates
	rebound     []uint32     // IDs below base whose rep was set
	assumed     []assumption // pairs that accepted comparisons took as the same type

	moved      []move   // scratch of compact
	kept, rest []uint32 // the same
}

// Stats counts work and guards, for tests and benchmarks.
type Stats struct {
	Types       int // added
	Known       int // types found equal without a comparison (merged mode)
	Comparisons int // top-level comparisons of structs, unions and typedefs
	Steps       int // pairs visited by them
	Identity    int // pairs that needed the identity check
	Ambiguous   int // types for which more than one candidate was equal (merged mode)
	Work        int // all that effort.go counts
	Classes     int // classes of types, if they were told apart in advance (raw mode)
}

// NewGraph returns a graph that holds the base of opts, if any.
func NewGraph(shapes *Shapes, opts GraphOptions) *Graph {
	g := &Graph{shapes: shapes, opts: opts, own: 1}
	if opts.Base != nil {
		if !opts.Raw {
			panic("dedup: a base needs the raw mode")
		}
		g.startFrom(opts.Base, opts.Room)
	} else {
		g.nodes, g.info = make([]node, 1, 1024), make([]shapeInfo, 1, 1024)
		g.table.first = make([]uint32, 1, 1024)
	}
	room := 0 // for types of the result
	if !opts.Raw {
		room = opts.Room
	}
	if room > 1024 {
		g.reserve(room)
	}
	g.table.chains = make([]chain, 1)
	if !opts.Raw {
		guess := opts.Primitives
		if guess == 0 {
			guess = guessPrimitives
		}
		g.table.countTo(guess)
	}
	g.ids = append(g.ids, 0)
	g.refs.init(rand.Uint64(), room)
	g.start = g.mark()
	return g
}

// Stats returns the counts so far.
func (g *Graph) Stats() Stats { return g.stats }

// Add adds the types of a unit. In merged mode it merges them with those of the
// graph and forgets what it does not need; the error is an ErrNeedRaw when the
// result might not be that of the raw mode. Errors are final. The unit may be
// reused afterwards.
func (g *Graph) Add(u *Unit) error {
	if g.err == nil {
		g.err = g.add(u)
	}
	return g.err
}

func (g *Graph) add(u *Unit) error {
	if err := g.appendUnit(u); err != nil {
		return err
	}
	if g.opts.Raw {
		return nil
	}
	if err := g.mergeStructs(); err != nil {
		return err
	}
	faithful, err := g.checkAssumed()
	if err != nil {
		return err
	}
	if !faithful || g.shadows != nil {
		g.saveUnit()
	}
	if err := g.mergeRefs(); err != nil {
		return err
	}
	if g.shadows != nil {
		faithful = g.faithful()
	}
	g.compact()
	if !faithful && !g.ignoreGuards {
		return g.keepShadow()
	}
	return nil
}

// begin starts a unit.
func (u *unitState) begin(g *Graph) {
	if g.opts.Raw && u.base != 0 {
		return
	}
	u.base, u.edgeBase = uint32(len(g.nodes)), uint32(len(g.edges))
	u.firstRef, u.firstStruct = len(g.created), len(g.order.inserted)
	u.inserted, u.rebound, u.assumed = u.inserted[:0], u.rebound[:0], u.assumed[:0]
}

// IDs returns the graph IDs of the last unit, indexed by local number, with 0
// at index 0. They stay valid for the life of the graph, the slice until the
// next Add.
func (g *Graph) IDs() []uint32 { return g.ids }

// NumIDs returns the number of IDs in use, void and those of the base included.
func (g *Graph) NumIDs() uint32 { return uint32(len(g.nodes)) }

// Node returns the current content of a type. Its references are graph IDs;
// forwards that are not resolved yet occur, and so do IDs that Resolve maps to
// others. The caller must not write to the edges.
func (g *Graph) Node(id uint32) (Shape, []uint32) {
	n := &g.nodes[id]
	if n.shape == 0 && id != 0 {
		g.touch(id)
	}
	return n.shape, g.edgesOf(n)
}

// Resolve returns the ID that stands for id at the moment.
func (g *Graph) Resolve(id uint32) uint32 { return g.resolve(id) }

// resolve follows rep to its end (libbpf: resolve_type_id).
func (g *Graph) resolve(id uint32) uint32 {
	for {
		rep := g.nodes[id].rep
		if rep == 0 || rep == id {
			return id
		}
		id = rep
	}
}

func (g *Graph) edgesOf(n *node) []uint32 {
	return g.edges[n.start:][:g.info[n.shape].edges]
}

// setRep lets rep stand for id.
func (g *Graph) setRep(id, rep uint32) {
	g.nodes[id].rep = rep
	if id < g.unit.base {
		g.unit.rebound = append(g.unit.rebound, id)
	}
}

// describeShapes extends info to all shapes known so far.
func (g *Graph) describeShapes() error {
	n := g.shapes.Len()
	for sh := len(g.info); sh < n; sh++ {
		info, err := describe(g.shapes.Words(Shape(sh)))
		if err != nil {
			return fmt.Errorf("shape %d: %w", sh, err)
		}
		g.info = append(g.info, info)
	}
	g.table.grow(n)
	return nil
}
