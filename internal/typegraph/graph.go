package typegraph

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/gopahole/gopahole/libbpf"
)

// Graph merges equal types: [Incremental], [Deferred] or [Split]. It is not safe for
// concurrent use.
//
// IDs number its types. 0 is void; those of a base follow, then the types that were
// added.
type Graph interface {
	// Add adds the types of a unit, which may be used again afterwards. Errors are
	// final.
	Add(u *Unit) error

	// Progress tells which part of all units, from 0 to 1, has been added, if the
	// caller knows. It is a hint about memory.
	Progress(part float64)

	// IDs returns the IDs of the types of the last unit, by local number, with 0 at
	// index 0. They stay valid for the life of the graph, the slice until the next
	// Add.
	IDs() []uint32

	// NumIDs returns the number of IDs in use, void and those of the base included.
	NumIDs() uint32

	// Node returns the present content of a type. Its references are IDs. Forwards
	// that are not resolved yet occur, and so do IDs that another type stands for by
	// now. The caller must not write to the edges.
	Node(id uint32) (Shape, []uint32)

	// Finish does what has to wait for the last unit and returns the result. The
	// graph cannot be used afterwards, but for a Split that is reset. If ctx is
	// cancelled, it returns the context's error soon.
	Finish(ctx context.Context) (*Result, error)

	// Stats returns the counts so far.
	Stats() Stats
}

// options are what graphs differ in.
type options struct {
	deferred bool // types are merged in Finish, not in Add

	base   *Base // of a Split, else nil; the shapes are those over it, and deferred is set
	few    bool  // see SplitOptions
	compat libbpf.Version

	primitives uint64 // see IncrementalOptions
	expected   int    // types of the result; with a base, types that will be added; 0: not known
}

// node is a type in the graph. There are millions of them, so it is kept to 16
// bytes and four of them share a cache line.
type node struct {
	shape Shape
	start uint32 // first edge
	canon uint32 // type that stands for it: 0 not known yet, own ID if itself (libbpf: map)
	hypot uint32 // type assumed to be the same during one comparison, or 0 (libbpf: hypot_map)
}

// inProgress is the canon of a reference type whose references are being merged.
const inProgress = 1<<32 - 1

// maxIDs bounds the graph: an ID has to fit into a Ref.
const maxIDs = 1 << 31

// graph is the engine of all graphs.
type graph struct {
	shapes *Shapes
	opts   options
	err    error // sticky

	info  []shapeInfo // indexed by Shape
	nodes []node      // indexed by ID
	edges []uint32    // IDs; those of a node are consecutive
	own   uint32      // first ID that is not of the base

	recogniser recogniser
	published  *published // nil if nobody asks
	scout      *Scout     // for confirm
	tail       *lastTypes // nil before Seal
	table      candidates
	order      order
	enums      enumTable
	refs       refTable

	// The types that wait for their pass, in ID order: of the current unit; in deferred
	// mode of all units, but only when the passes begin.
	structs  []uint32 // STRUCT, UNION, TYPEDEF
	refTypes []uint32 // classRef
	sorted   sortedTypes

	waiting struct{ structs, refs int } // deferred mode: how many there will be

	progress float64 // part of all units that was added, 0 if not known

	ignoreReasons bool // for tests of the reasons
	finishing     bool // no unit follows (incremental mode)

	ids     []uint32 // of the unit that was added last, indexed by local number
	last    []uint32 // the same, or those of a unit of which only the rest was added
	created []uint32 // incremental mode: reference types in the order in which they were merged

	originals originals
	saved     savedUnit

	base  baseTypes
	over  overBase
	start startMark
	cmp   comparison
	unit  currentUnit
	steps []refStep
	stats Stats

	effort  effort
	cancel  cancellation
	classes []uint32 // by ID: types of different classes are never equal; nil if not known
}

// currentUnit is what has to be remembered of the unit being added, in merged
// mode; in deferred mode, of all units.
type currentUnit struct {
	base        uint32       // first ID of the unit; in deferred mode, of all that is not of the base
	edgeBase    uint32       // index of its first edge
	firstRef    int          // index into created of its first reference type
	firstStruct int          // index into order.inserted of its first candidate
	inserted    []uint32     // IDs that became candidates
	rebound     []uint32     // IDs below base whose canon was set
	assumed     []assumption // pairs that accepted comparisons took as the same type

	lax     []laxUnit // over a base, without the types: see openenums.go
	enums   []newEnum // of which the shape is new, but not the class
	partial bool      // it is the rest of a unit, see confirm.go

	moved      []move   // those of the candidates, after compact; before, scratch of it
	kept, rest []uint32 // the same
}

// newEnum is an enum of a unit.
type newEnum struct {
	shape Shape
	index uint32 // local number
}

// Stats counts work, for tests and benchmarks.
type Stats struct {
	Types       int // added
	Recognised  int // types found equal without a comparison (incremental mode)
	Comparisons int // top-level comparisons of structs, unions and typedefs
	Steps       int // pairs visited by them
	Identity    int // pairs that needed the identity check
	Ambiguous   int // types for which more than one candidate was equal (incremental mode)
	Work        int // all that effort.go counts
	Classes     int // classes of types, if they were told apart in advance (deferred mode)
}

// init makes an empty graph, or one that holds the base.
func (g *graph) init(shapes *Shapes, opts options) {
	*g = graph{shapes: shapes, opts: opts, own: 1}
	if opts.base != nil {
		g.startFrom(opts.base, opts.expected)
	} else {
		g.nodes, g.info = make([]node, 1, 1024), make([]shapeInfo, 1, 1024)
		g.table.first = make([]uint32, 1, 1024)
	}
	room := 0 // for types of the result
	if !opts.deferred {
		room = opts.expected
	}
	if room > 1024 {
		g.reserve(room)
	}
	g.table.chains = make([]chain, 1)
	if !opts.deferred {
		guess := opts.primitives
		if guess == 0 {
			guess = guessPrimitives
		}
		g.table.countTo(guess)
	}
	g.ids = append(g.ids, 0)
	g.refs.init(rand.Uint64(), room)
	g.start = g.mark()
}

// Stats is described in Graph.
func (g *graph) Stats() Stats { return g.stats }

// Add is described in Graph.
func (g *graph) Add(u *Unit) error {
	if g.err == nil {
		g.err = g.withBase(g.add(u))
		g.last = g.ids
	}
	return g.err
}

func (g *graph) add(u *Unit) error {
	if g.tail != nil {
		return errors.New("a unit after the last types")
	}
	if err := g.appendUnit(u); err != nil {
		return err
	}
	if g.opts.deferred {
		return nil
	}
	if err := g.mergeStructs(); err != nil {
		return err
	}
	faithful, err := g.checkAssumed()
	if err != nil {
		return err
	}
	if !faithful || g.originals != nil {
		g.saveUnit()
	}
	if err := g.mergeRefs(); err != nil {
		return err
	}
	if g.base.order {
		if err := g.needsOrder(); err != nil {
			return err
		}
	}
	if g.originals != nil {
		faithful = g.faithful()
	}
	g.noteBound()
	g.compact()
	g.keepLax()
	if !faithful && !g.ignoreReasons {
		if err := g.keepOriginal(); err != nil {
			return err
		}
	}
	g.publish()
	return nil
}

// begin starts a unit.
func (u *currentUnit) begin(g *graph) {
	if g.opts.deferred && u.base != 0 {
		return
	}
	u.base, u.edgeBase = uint32(len(g.nodes)), uint32(len(g.edges))
	u.firstRef, u.firstStruct = len(g.created), len(g.order.inserted)
	u.inserted, u.rebound, u.assumed, u.enums = u.inserted[:0], u.rebound[:0], u.assumed[:0], u.enums[:0]
	u.lax = u.lax[:0]
}

// IDs is described in Graph.
func (g *graph) IDs() []uint32 { return g.last }

// NumIDs is described in Graph.
func (g *graph) NumIDs() uint32 { return uint32(len(g.nodes)) }

// Node is described in Graph.
func (g *graph) Node(id uint32) (Shape, []uint32) {
	n := &g.nodes[id]
	if n.shape == 0 && id != 0 {
		g.load(id)
	}
	return n.shape, g.edgesOf(n)
}

// resolve follows canon to its end (libbpf: resolve_type_id).
func (g *graph) resolve(id uint32) uint32 {
	for {
		canon := g.nodes[id].canon
		if canon == 0 || canon == id {
			return id
		}
		id = canon
	}
}

func (g *graph) edgesOf(n *node) []uint32 {
	return g.edges[n.start:][:g.info[n.shape].edges]
}

// setCanon lets canon stand for id.
func (g *graph) setCanon(id, canon uint32) {
	atomic.StoreUint32(&g.nodes[id].canon, canon) // scouts may look
	if id < g.unit.base {
		g.unit.rebound = append(g.unit.rebound, id)
	}
	if id < g.own {
		g.over.rebound = append(g.over.rebound, id)
	}
}

// describeShapes extends info to all shapes known so far.
func (g *graph) describeShapes() error {
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
