package typegraph

import (
	"math/bits"
	"sync/atomic"

	"github.com/gopahole/gopahole/internal/memory"
)

// refTable finds reference types by shape and references. It is an open hash
// table; a slot is 0 if free, else 32 bits of hash and the ID. The place of a
// slot comes from the same bits.
type refTable struct {
	seed  uint64
	slots []uint64 // a power of two
	used  int

	// Slots taken since the last compaction, as long as the table did not grow.
	taken []uint32
	grown bool

	// recent holds, by the ID of the target, the last type found that refers to
	// it: its shape in the high half, its ID in the low one. Pointers have
	// slots of their own. Types of the graph do not change, so neither does
	// what is true of them.
	recent []uint64
}

// minRefSlots is the size of a new table.
const minRefSlots = 1 << 10

// init makes a table with room for the reference types of the units of a result of so many types.
func (t *refTable) init(seed uint64, room int) {
	t.seed = seed
	size := max(minRefSlots, 1<<bits.Len(uint(room/5*2)))
	t.slots = memory.Make[uint64](size, size)
}

func (g *graph) hashRef(n *node) uint32 {
	return hashRefs(g.refs.seed, n.shape, g.edgesOf(n))
}

func hashRefs(seed uint64, shape Shape, edges []uint32) uint32 {
	h := hashPair(seed, uint64(shape), uint64(len(edges)))
	if len(edges) == 1 {
		return uint32(hashPair(h, uint64(edges[0]), 1) >> 32)
	}
	return uint32(hashWords(h, edges) >> 32)
}

func (g *graph) refSlot(id uint32) uint64 {
	return uint64(g.hashRef(&g.nodes[id]))<<32 | uint64(id)
}

// insertRef returns the type that has the shape and references of id, or makes
// id a candidate and returns 0. The references must be resolved.
func (g *graph) insertRef(id uint32) uint32 {
	if found := g.baseRef(id); found != 0 && !g.mayChange(g.edgesOf(&g.nodes[id])) {
		return found
	}
	t := &g.refs
	n := &g.nodes[id]
	h := g.hashRef(n)
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		slot := t.slots[i]
		if uint32(slot>>32) != h {
			continue
		}
		found := uint32(slot)
		if !g.sameRef(n, &g.nodes[found]) {
			continue
		}
		if found < g.unit.base && g.info[n.shape].edges == 1 {
			if slot := g.recentSlot(n.shape, g.edges[n.start]); slot < uint64(len(t.recent)) {
				t.recent[slot] = uint64(n.shape)<<32 | uint64(found)
			}
		}
		return found
	}
	if g.opts.deferred { // later than all structs: see order
		g.table.count()
	}
	atomic.StoreUint64(&t.slots[i], uint64(h)<<32|uint64(id)) // scouts may look
	t.used++
	t.taken = append(t.taken, i)
	if !g.opts.deferred {
		g.created = append(g.created, id)
	}
	if t.used*2 >= len(t.slots) {
		g.growRefs()
	}
	return 0
}

func (g *graph) sameRef(a, b *node) bool {
	if a.shape != b.shape {
		return false
	}
	other := g.edgesOf(b)
	for i, e := range g.edgesOf(a) {
		if e != other[i] {
			return false
		}
	}
	return true
}

func (g *graph) growRefs() {
	t := &g.refs
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	t.grown = true
	for _, slot := range old {
		if slot != 0 {
			t.place(slot)
		}
	}
}

// place puts a type that is known to be new into a free slot.
func (t *refTable) place(slot uint64) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(slot>>32) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	atomic.StoreUint64(&t.slots[i], slot)
}
