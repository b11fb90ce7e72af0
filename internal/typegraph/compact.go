package typegraph

import "sync/atomic"

// compact forgets those types of the unit that others stand for, and moves the
// rest down to the end of the graph (incremental mode).
//
// IDs of the types that stay keep their order, so the order of IDs in the graph
// is always that of first appearance in the whole input.
func (g *graph) compact() {
	u := &g.unit
	// A FWD or enum that others were merged into can itself have been bound to
	// another type of the unit. It stays, to be found by those to come.
	const stays = 1
	for _, id := range u.inserted {
		g.nodes[id].hypot = stays
	}
	// Most types have a canon below base, which does not change its ID.
	nodes, ids := g.nodes, g.ids[1:]
	types := nodes[u.base:]
	rest := u.rest[:0]
	for i := range types {
		n := &types[i]
		if canon := n.canon; canon < u.base && nodes[canon].canon == canon && n.hypot != stays {
			ids[i] = canon
		} else {
			rest = append(rest, u.base+uint32(i))
		}
	}
	kept := u.kept[:0]
	for _, id := range rest {
		if n := &nodes[id]; n.canon == id || n.hypot == stays {
			n.hypot = u.base + uint32(len(kept))
			kept = append(kept, id)
		}
	}
	// New IDs are looked up while all canonical types are still old ones.
	for _, id := range rest {
		ids[id-u.base] = g.newID(id)
	}
	moved := u.moved[:0]
	for _, id := range u.rebound {
		moved = append(moved, move{id, g.newID(id)})
	}
	for _, m := range moved {
		atomic.StoreUint32(&g.nodes[m.from].canon, m.to) // scouts may look, here and below
	}
	moved = moved[:0]
	for _, id := range u.inserted {
		moved = append(moved, move{id, g.nodes[id].hypot})
	}
	for i := u.firstRef; i < len(g.created); i++ {
		g.created[i] = g.nodes[g.created[i]].hypot
	}
	for i := u.firstStruct; i < len(g.order.inserted); i++ {
		g.order.inserted[i] = g.nodes[g.order.inserted[i]].hypot
	}

	g.moveNodes(kept)
	for _, m := range moved {
		g.renumber(m.from, m.to)
		if g.own > 1 {
			g.over.entered = append(g.over.entered, m.to)
		}
	}
	u.inserted = u.inserted[:0]
	g.refile()
	u.moved, u.kept, u.rest = moved, kept, rest
}

// move says that a type got another ID.
type move struct{ from, to uint32 }

// newID returns the ID after compaction of the type that stands for id. Types
// that stay have theirs in hypot.
func (g *graph) newID(id uint32) uint32 {
	id = g.resolve(id)
	if id < g.unit.base {
		return id
	}
	return g.nodes[id].hypot
}

// moveNodes moves nodes and edges of the types that stay to their new places,
// and drops everything after them.
func (g *graph) moveNodes(kept []uint32) {
	base := g.unit.base
	end := g.unit.edgeBase
	for _, id := range kept {
		n := g.nodes[id]
		start := end
		for _, e := range g.edgesOf(&n) {
			if e >= base {
				e = g.ids[e-base+1]
			}
			g.edges[end] = e
			end++
		}
		g.nodes[n.hypot] = node{shape: n.shape, start: start, canon: g.ids[id-base+1]}
	}
	g.nodes = g.nodes[:base+uint32(len(kept))]
	g.edges = g.edges[:end]
}

// refile puts the reference types of the unit into the table again, whose hash
// depends on IDs that have changed.
func (g *graph) refile() {
	t := &g.refs
	if t.grown {
		clear(t.slots)
		for _, id := range g.created {
			t.place(g.refSlot(id))
		}
		t.grown = false
	} else {
		// All slots that the unit has taken are given back at once, so chains of
		// probes that were there before are whole again.
		for _, i := range t.taken {
			atomic.StoreUint64(&t.slots[i], 0)
		}
		for _, id := range g.created[g.unit.firstRef:] {
			t.place(g.refSlot(id))
		}
	}
	t.taken = t.taken[:0]
}
