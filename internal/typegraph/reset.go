package typegraph

import "slices"

// startMark is what there was before the first unit.
type startMark struct {
	edges, shapes      int
	entries, capacity  uint64
	doublings          uint32
	anonFwd, emptyEnum bool
}

func (g *graph) mark() startMark {
	t := &g.table
	return startMark{
		edges: len(g.edges), shapes: len(g.info), entries: t.entries, capacity: t.capacity, doublings: t.doublings,
		anonFwd: t.anonFwd, emptyEnum: g.enums.empty,
	}
}

// reset takes away everything but the base. The shapes must still be there.
func (g *graph) reset() {
	// Signatures are made of shapes, and those of prototypes get other numbers from
	// the next module on.
	g.table.unsplit()
	g.forgetCandidates()
	g.forgetRefs()
	g.resetOverBase()
	b, t := &g.start, &g.table
	g.err, g.base.funcs, g.base.order = nil, nil, false
	g.forgetShapes()
	g.nodes, g.edges = g.nodes[:g.own], g.edges[:b.edges]
	g.info, t.first = g.info[:b.shapes], t.first[:b.shapes]
	t.entries, t.capacity, t.doublings = b.entries, b.capacity, b.doublings
	t.anonFwd = b.anonFwd
	g.enums.empty = b.emptyEnum
	g.waiting.structs, g.waiting.refs = 0, 0
	g.structs, g.refTypes, g.created = g.structs[:0], g.refTypes[:0], g.created[:0]
	g.ids = g.ids[:1]
	u := &g.unit
	u.base, u.inserted, u.rebound, u.assumed = 0, u.inserted[:0], u.rebound[:0], u.assumed[:0]
	clear(g.cmp.ident.memo)
	g.cmp.failed.reset()
	g.effort, g.classes = effort{}, nil
}

// forgetCandidates takes types that are not of the base from the lists, and gives
// back the lists in which no other is left. Lists keep their order, whatever the
// number of doublings was: reversing and taking away can change places.
func (g *graph) forgetCandidates() {
	t := &g.table
	inserted := g.unit.inserted
	if !g.opts.deferred {
		g.over.entered = append(g.over.entered, inserted...)
		inserted = g.over.entered
	}
	for _, id := range inserted {
		shape := g.nodes[id].shape
		f := t.first[shape]
		switch {
		case f&manyBit != 0:
			i := f &^ manyBit
			switch t.forget(i, g.own) {
			case 0:
				t.spare = append(t.spare, i)
				t.first[shape] = 0
			case 1:
				t.first[shape] = t.chains[i].ids[0]
				t.spare = append(t.spare, i)
			}
		case f >= g.own:
			t.first[shape] = 0
		}
		if info := &g.info[shape]; info.class == classEnum {
			delete(g.enums.byName, info.name)
		}
	}
}

// forget takes the IDs from own on out of a chain and returns how many are left.
func (t *candidates) forget(i, own uint32) int {
	c := &t.chains[i]
	c.ids = forgetFrom(c.ids, own)
	return len(c.ids)
}

// forgetFrom takes IDs from own on out of a list. They were added at the end, so
// that they are at one of the ends, however often the list was reversed.
func forgetFrom(ids []uint32, own uint32) []uint32 {
	if n := len(ids); n == 0 || ids[0] < own && ids[n-1] < own {
		return ids
	}
	return slices.DeleteFunc(ids, func(id uint32) bool { return id >= own })
}

// forgetRefs empties the table of reference types.
func (g *graph) forgetRefs() {
	t := &g.refs
	switch {
	case !g.opts.deferred && len(t.slots) <= keptRefSlots:
		clear(t.slots)
	case !t.grown && g.opts.deferred:
		for _, i := range t.taken {
			t.slots[i] = 0
		}
	case len(t.slots) > keptRefSlots:
		t.slots = make([]uint64, minRefSlots)
	default:
		clear(t.slots)
	}
	t.used, t.taken, t.grown = 0, t.taken[:0], false
}

// keptRefSlots bounds the table that Reset keeps: most modules need less.
const keptRefSlots = 1 << 15
