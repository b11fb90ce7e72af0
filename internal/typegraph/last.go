package typegraph

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/gopahole/gopahole/internal/memory"
)

// The types of functions stand after those of the units, and are a third of a kernel. Nothing is
// merged after them but forward declarations, by their names. So these come first (Seal), and the
// last types are decided on for good when they are added: by what they refer to. Most of the work
// is done before that, by any goroutine, as the types of the units do not change any more (Prepare).

// Sealed is the types of the units, which do not change any more. It may be used by several
// goroutines, also while AddLast is called.
type Sealed struct {
	Snapshot
	shapes *Shapes
	refs   refTable
	end    uint32 // of the IDs
}

// lastTypes are the types after those of the units. Each of them stands for itself.
type lastTypes struct {
	first  uint32   // ID of the first one
	shapes []Shape  // by ID - first
	start  []uint32 // into edges, one more than there are types
	edges  []uint32 // IDs
	slots  []uint64 // hash and index plus one, as in refTable, of reference types
	used   int
}

// Seal ends the units. After it, types may be added by AddLast only, about room of them.
func (g *Incremental) Seal(room int) (*Sealed, error) {
	if g.err == nil {
		g.err = g.checkOrder()
	}
	if g.err != nil {
		return nil, g.err
	}
	if err := g.settle(); err != nil {
		g.err = err
		return nil, err
	}
	size := 1 << bits.Len(uint(2*room+minRefSlots/2))
	g.tail = &lastTypes{
		first: uint32(len(g.nodes)), shapes: memory.Make[Shape](0, room), start: append(memory.Make[uint32](0, room+1), 0),
		edges: memory.Make[uint32](0, 2*room), slots: memory.Make[uint64](size, size),
	}
	return &Sealed{Snapshot: *g.Snapshot(), shapes: g.shapes, refs: g.refs, end: uint32(len(g.nodes))}, nil
}

// Prepared is what Prepare found out about types. The zero value is ready.
type Prepared struct {
	found  []uint32 // by index: the type of the units that is equal, isDistinct, or 0
	hashes []uint32 // by index, of types that refer to no other one of these
}

// isDistinct is in the place of an equal type where there never is one.
const isDistinct = 1<<32 - 1

// Prepare looks at types for AddLast. They are reference types, or VAR, DATASEC or LOCSEC, and refer
// to types of the units and to those among them that come before. References to the former
// become references to what stands for them.
func (s *Sealed) Prepare(u *Unit, p *Prepared) error {
	p.found, p.hashes = p.found[:0], p.hashes[:0]
	var edges []uint32
	for i, sh := range u.Shapes {
		info, err := describe(s.shapes.Words(sh))
		if err != nil {
			return fmt.Errorf("type %d: %w", i+1, err)
		}
		own := u.Edges[u.Start[i]:u.Start[i+1]]
		if uint32(len(own)) != info.edges {
			return fmt.Errorf("type %d (%v): %d references, want %d", i+1, info.kind, len(own), info.edges)
		}
		local := false
		edges = edges[:0]
		for k, r := range own {
			if r.IsInGraph() {
				if r.ID() >= s.end {
					return fmt.Errorf("reference to type %d, the units end at %d", r.ID(), s.end)
				}
				r = InGraph(s.resolve(r.ID()))
				own[k] = r
			} else if r.Number() > uint32(i) {
				return fmt.Errorf("type %d refers to type %d", i+1, r.Number())
			}
			local = local || r != Void && !r.IsInGraph()
			edges = append(edges, uint32(r&^refInGraph))
		}
		found, hash := uint32(0), uint32(0)
		switch {
		case info.class == classDistinct:
			found = isDistinct
		case info.class != classRef:
			return fmt.Errorf("type %d: %v after the units", i+1, info.kind)
		case !local:
			hash = hashRefs(s.refs.seed, sh, edges)
			found = s.find(hash, sh, edges)
		}
		p.found, p.hashes = append(p.found, found), append(p.hashes, hash)
	}
	return nil
}

func (s *Sealed) resolve(id uint32) uint32 {
	for {
		canon := s.nodes[id].canon
		if canon == 0 || canon == id {
			return id
		}
		id = canon
	}
}

// find returns the reference type of a shape with these references, 0 if there is none.
func (s *Sealed) find(hash uint32, sh Shape, edges []uint32) uint32 {
	if int(sh) >= len(s.info) { // no type of the units has it
		return 0
	}
	mask := uint32(len(s.refs.slots) - 1)
probe:
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := s.refs.slots[i]
		if slot == 0 {
			return 0
		}
		if uint32(slot>>32) != hash {
			continue
		}
		found, other := s.Node(uint32(slot))
		if found != sh {
			continue
		}
		for k, e := range other {
			if e != edges[k] {
				continue probe
			}
		}
		return uint32(slot)
	}
}

// AddLast is Add for types that were prepared.
func (g *Incremental) AddLast(u *Unit, s *Sealed, p *Prepared) error {
	if g.err != nil {
		return g.err
	}
	t := g.tail
	if uint64(len(u.Shapes)) >= maxIDs-uint64(g.NumIDs()) || uint64(len(u.Edges)) >= 1<<32-uint64(len(t.edges)) {
		g.err = fmt.Errorf("more than %d types", uint32(maxIDs))
		return g.err
	}
	g.stats.Types += len(u.Shapes)
	g.ids = g.ids[:1]
	for i := range u.Shapes {
		id := p.found[i]
		if id == 0 || id == isDistinct {
			id = t.add(u, i, g.ids, s, p)
		}
		g.ids = append(g.ids, id)
	}
	g.last = g.ids
	return nil
}

// add adds the type with index i of a unit, and returns its ID, or that of an equal type. ids are those of the types
// before it.
func (t *lastTypes) add(u *Unit, i int, ids []uint32, s *Sealed, p *Prepared) uint32 {
	sh, hash, local := u.Shapes[i], p.hashes[i], false
	start := len(t.edges)
	for _, r := range u.Edges[u.Start[i]:u.Start[i+1]] {
		id := uint32(r &^ refInGraph)
		if r != Void && !r.IsInGraph() {
			id, local = ids[id], true
		}
		t.edges = append(t.edges, id)
	}
	if p.found[i] != isDistinct {
		edges := t.edges[start:]
		found := uint32(0)
		if local {
			hash = hashRefs(s.refs.seed, sh, edges)
			found = s.find(hash, sh, edges)
		}
		if found == 0 {
			found = t.find(hash, sh, edges)
		}
		if found != 0 {
			t.edges = t.edges[:start]
			return found
		}
	}
	t.shapes, t.start = append(t.shapes, sh), append(t.start, uint32(len(t.edges)))
	return t.first + uint32(len(t.shapes)-1)
}

// find returns the type of a shape with these references. Without one it files the type that is
// added next, and returns 0.
func (t *lastTypes) find(hash uint32, sh Shape, edges []uint32) uint32 {
	mask := uint32(len(t.slots) - 1)
	i := hash & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		slot := t.slots[i]
		if uint32(slot>>32) != hash {
			continue
		}
		n := uint32(slot) - 1
		if t.shapes[n] == sh && slices.Equal(t.edgesOf(n), edges) {
			return t.first + n
		}
	}
	t.slots[i] = uint64(hash)<<32 | uint64(len(t.shapes)+1)
	if t.used++; 2*t.used > len(t.slots) {
		t.grow()
	}
	return 0
}

func (t *lastTypes) edgesOf(n uint32) []uint32 { return t.edges[t.start[n]:t.start[n+1]] }

func (t *lastTypes) grow() {
	old := t.slots
	t.slots = memory.Make[uint64](2*len(old), 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		i := uint32(slot>>32) & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = slot
	}
}

// NumIDs and Node are described in Graph.
func (g *Incremental) NumIDs() uint32 {
	if t := g.tail; t != nil {
		return t.first + uint32(len(t.shapes))
	}
	return g.graph.NumIDs()
}

func (g *Incremental) Node(id uint32) (Shape, []uint32) {
	if t := g.tail; t != nil && id >= t.first {
		return t.shapes[id-t.first], t.edgesOf(id - t.first)
	}
	return g.graph.Node(id)
}
