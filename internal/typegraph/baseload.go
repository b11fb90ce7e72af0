package typegraph

import (
	"errors"
	"math"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/libbpf"
)

// baseTypes is what a graph knows of its base. The nodes of the base are all
// there, with their IDs, but they are empty until the graph comes across them: a
// comparison walks into them, or a type of the same content is added.
type baseTypes struct {
	edges  int        // filled part of the room for the references of the base
	loaded []uint32   // types whose shape is not one of the base
	words  []uint32   // scratch
	err    error      // of the first type that is damaged, a *BaseError
	order  bool       // the order of equal reference types was asked for
	funcs  *someTable // of the base, nil if none were asked for

	// repeats has the lists of types that have one record, by the first of them.
	repeats map[uint32]*chain
}

// startFrom makes room for the types of a base, and for an eighth as many that are
// added, or more if they are expected. Room that is not needed still costs: tables
// begin in huge pages of which something else would use the rest. Unless many are
// expected, only the nodes have huge pages: the beginning of the other tables is for the
// few thousand types of the base that a module comes across, the end for those that are
// added, and what is between them is never touched. Where a module comes across even
// fewer, this is so of the nodes as well.
func (g *graph) startFrom(b *Base, expected int) {
	const edgesOfType = 3.5 // of a module
	n, shapes := int(b.n), int(b.maxShapes)
	maxNodes := n + max(n/8, expected) + 1<<10
	maxEdges := b.edges + max(b.edges/8, int(edgesOfType*float64(expected))) + 1<<10
	maxShapes := shapes + n/16 + 1<<10
	g.own = b.n
	switch few := g.opts.few; {
	case few:
		g.nodes = make([]node, n, maxNodes)
		g.edges, g.info, g.table.first = make([]uint32, b.edges, maxEdges), make([]shapeInfo, shapes, maxShapes), make([]uint32, shapes, maxShapes)
	case expected > n/8:
		g.nodes = memory.Make[node](n, maxNodes)
		g.edges, g.info, g.table.first = memory.Make[uint32](b.edges, maxEdges), memory.Make[shapeInfo](shapes, maxShapes), memory.Make[uint32](shapes, maxShapes)
	default:
		room := memory.NewSparse(memory.SparseSize[uint32](maxEdges) + memory.SparseSize[shapeInfo](maxShapes) + memory.SparseSize[uint32](maxShapes))
		g.edges = memory.MakeSparse[uint32](room, b.edges, maxEdges)
		g.info = memory.MakeSparse[shapeInfo](room, shapes, maxShapes)
		g.table.first = memory.MakeSparse[uint32](room, shapes, maxShapes)
		g.nodes = memory.Make[node](n, maxNodes)
	}
	g.table.countTo(b.entries(b.n - 1))
	g.table.anonFwd = b.anonFwd
	g.enums.empty = b.walkEnums
	g.cmp.failed.off = b.repeatsFwd
}

// load fills the node of a type of the base.
func (g *graph) load(id uint32) {
	words := g.fill(id)
	shape := g.shapes.Intern(words)
	g.nodes[id].shape = shape
	if int(shape) >= len(g.info) {
		// The kinds of the base were checked, so the only error is that of other
		// shapes, which is found when their types are added.
		_ = g.describeShapes()
	}
	if uint32(shape) >= g.shapes.first {
		g.base.loaded = append(g.base.loaded, id)
	} else if g.info[shape].class == classVoid {
		_ = g.describeBase(shape)
	}
}

// loadBoth fills two nodes if they are of the base and empty.
func (g *graph) loadBoth(a, b uint32) {
	for _, id := range [...]uint32{a, b} {
		if id != 0 && g.nodes[id].shape == 0 {
			g.load(id)
		}
	}
}

// fill gives a type of the base its references and returns its shape words, which
// are valid until the next call. The type is checked: what is wrong with it ends the
// merging (baseError), and until then it is one without references and names.
func (g *graph) fill(id uint32) []uint32 {
	b, n := &g.base, &g.nodes[id]
	rec := g.opts.base.record(id)
	edges := g.edges[b.edges:b.edges:g.start.edges]
	err := g.checkBase(id)
	if errors.Is(err, btf.ErrOtherIndex) {
		rec = noRecord
	}
	b.words, edges = SplitRecord(b.words[:0], edges, rec)
	if n.canon == 0 {
		n.start, n.canon = uint32(b.edges), id
		b.edges += len(edges)
	} // else Reset took the shape away, but not the references
	if err != nil {
		clear(edges)
		clear(b.words[headWords:])
		b.words[0] = 0
	}
	return b.words
}

// noRecord stands for what is no record, as an index was damaged.
var noRecord = btf.Record{0, btf.Info(btf.KindFwd, 0, false), 0}

// checkBase returns what is wrong with a type of the base.
func (g *graph) checkBase(id uint32) error {
	err := g.opts.base.types.CheckRecord(btf.ID(id))
	if err != nil && g.base.err == nil {
		g.base.err = &BaseError{err}
	}
	return err
}

// withBase returns the error of the base, if there is one, or else another one, which may
// only be a consequence.
func (g *graph) withBase(err error) error {
	if g.base.err != nil {
		return g.base.err
	}
	return err
}

// describeBase gets to know a shape of the base, and makes candidates of the
// types that have it.
func (g *graph) describeBase(shape Shape) error {
	words := g.shapes.Words(shape)
	info, err := describe(words)
	if err != nil {
		return err
	}
	g.info[shape] = info
	var one [1]uint32
	ids := g.opts.base.ofContent(one[:0], words)
	for _, id := range ids {
		if g.nodes[id].shape == 0 {
			g.fill(id)
			g.nodes[id].shape = shape
		}
	}
	switch {
	case len(ids) == 0:
	case info.class == classTypedef && !g.opts.compat.AtLeast(libbpf.V18): // filed where no look-up finds it
	case info.class == classEnum, len(ids) == 1:
		g.table.first[shape] = ids[0]
	default:
		i := g.table.newChain()
		g.table.chains[i] = g.opts.base.chain(ids)
		g.table.first[shape] = i | manyBit
	}
	return nil
}

// addBaseEnums begins the list of a name with the enums of the base. A kernel has hundreds
// without a name, which a module needs only if it has to walk through them.
func (g *graph) addBaseEnums(l *enumList, name uint32) {
	base := g.opts.base
	ids := base.enumsNamed(name)
	if base.plainEnums(ids) {
		for _, id := range ids {
			l.kinds |= 1 << base.record(id).Kind()
		}
		l.full = len(ids)
		l.chain = base.chain(ids)
		return
	}
	for _, id := range ids {
		g.loadBoth(id, 0)
		info := &g.info[g.nodes[id].shape]
		l.kinds |= 1 << info.kind
		if info.bits&infoEmpty != 0 {
			l.empty, l.walk = true, true
			l.empties, l.last = l.empties+1, id
		} else if l.full++; g.table.first[g.nodes[id].shape] != id {
			l.walk, l.repeats = true, true // only the list knows which of two equal ones comes first
		}
	}
	l.chain, l.order = base.chain(ids), l.walk
}

// baseRef returns the type of the base that is equal to a reference type whose
// references are resolved, 0 if there is none.
func (g *graph) baseRef(id uint32) uint32 {
	base := g.opts.base
	if base == nil {
		return 0
	}
	n := &g.nodes[id]
	edges := g.edgesOf(n)
	for _, e := range edges {
		if e >= g.own {
			return 0
		}
	}
	words := g.shapes.Words(n.shape)
	if words[0] >= base.stringEnd {
		return 0
	}
	g.base.words = AppendRecord(g.base.words[:0], words, edges, func(name uint32) uint32 { return name })
	var funcs *someTable
	if g.info[n.shape].kind == btf.KindFunc {
		funcs = g.funcs()
	}
	var two [2]uint32
	ids := base.ofRecord(two[:0], g.base.words, 2, funcs)
	switch {
	case len(ids) == 0 || g.checkBase(ids[0]) != nil:
		return 0
	case len(ids) == 1:
		return ids[0]
	}
	g.base.order = true
	c := g.base.repeats[ids[0]]
	if c == nil {
		all := base.chain(base.ofRecord(nil, g.base.words, math.MaxInt, funcs))
		if c = &all; g.base.repeats == nil {
			g.base.repeats = make(map[uint32]*chain)
		}
		g.base.repeats[ids[0]] = c
	}
	// Graphs of the base come and go with other numbers of doublings, in any order.
	if (g.table.doublings-c.gen)&1 != 0 {
		return c.ids[0]
	}
	return c.ids[len(c.ids)-1]
}

// forgetShapes empties the nodes of the base whose shapes are about to be
// forgotten.
func (g *graph) forgetShapes() {
	for _, id := range g.base.loaded {
		g.nodes[id].shape = 0
	}
	g.base.loaded = g.base.loaded[:0]
}

// kindOf returns the kind of a type.
func (g *graph) kindOf(id uint32) btf.Kind { return g.info[g.nodes[id].shape].kind }
