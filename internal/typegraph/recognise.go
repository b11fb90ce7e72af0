package typegraph

// recogniser finds out, for nearly all types of a unit, that they are equal to types
// of the graph, with less work than comparisons take (incremental mode).
//
// A unit repeats what earlier ones had. A comparison of such a type keeps a
// hypothetical map until it is over, and walks through the same pointers again and
// again, since it decides on structs only. The recogniser gives each type of the unit
// one partner in the graph, for as long as the unit is being added. It walks from a
// type and its only candidate, gives partners to all types on the way, and stops at
// pairs that are partners already or have one canonical type.
//
// It accepts only if
//
//   - all pairs on the way have the same shape, and void meets void only;
//   - no pair has a FWD or enum, unless both sides have one canonical type already, or
//     a FWD of the graph is bound to what is then the partner;
//   - the partner is a type of earlier units that stands for itself;
//   - two types of the unit have one partner only if they are copies of each other,
//     down to nodes of the unit that they share.
//
// Why that is what the comparison would find: the accepted pairs are closed under
// references, but for those that have one canonical type, which stays so. So all pairs
// that the comparison would visit are among them, and none of them fails. If it met a
// node that is mapped already, it would be to a copy, and the identity check holds. It
// would then decide on the structs that it has mapped, and so does the walk. There are
// no FWDs to bind. Assumptions about structs are fulfilled at once, those about
// typedefs are noted for checkAssumed. If the walk does not accept, it leaves no trace,
// and the comparison decides.
//
// Copies of structs are where the two differ. The comparison decides on the first copy
// that it visits, and on the others perhaps later, at their turn at the latest; the
// walk decides on all of them at once. So a comparison in between might visit a copy
// where it now stops. That has no effect
//
//   - if the types below are not mapped to other types of the unit: the first copy
//     leads to the same nodes, where nothing fails;
//   - if they are, and the identity check is certain, in either way: then it says the
//     same for the types that the walk found equal (see surelyDifferent), which the
//     comparison finds out without it.
//
// checkOwner makes sure that there is no third case, and earlyCopy that no new
// candidate that might be taken for a copy comes before the copy's turn.
type recogniser struct {
	partner []uint32 // by index in the unit: an ID, 0 if there is none

	// owner is the type of the unit that got the partner first, by ID of the
	// partner: its index in the low half, the number of the unit in the high one,
	// so that nothing has to be cleared.
	owner []uint64
	unit  uint32

	trail []step   // types of the walk
	early []uint32 // structs that were decided as copies
	spent int      // types visited by walks that did not accept
	off   bool     // for tests
}

// step is a type of a walk whose references are to be compared with its partner's.
type step struct {
	id         uint32
	own, other uint32 // first edges
	n          uint32 // references
}

// begin starts a unit of count types on a graph with IDs below base.
func (k *recogniser) begin(count int, base uint32) {
	if cap(k.partner) < count {
		k.partner = make([]uint32, count+count/4)
	}
	k.partner = k.partner[:count]
	clear(k.partner)
	if n := int(base) - len(k.owner); n > 0 {
		k.owner = append(k.owner, make([]uint64, n+n/4+1024)...)
	}
	k.early, k.spent = k.early[:0], 0
	if k.unit++; k.unit == 0 { // the stamps of 2^32 units ago
		clear(k.owner)
		k.unit = 1
	}
}

// settle notes that a type of the unit that is no struct, typedef or reference
// type stands for a type of the graph, if that is so.
func (k *recogniser) settle(index, canon, base uint32) {
	if canon < base {
		k.partner[index] = canon
	}
}

// recognise reports whether a type of the unit without a canon is known to be equal
// to its only candidate, and then makes known what the comparison would.
func (g *graph) recognise(id, cand uint32) bool {
	k := &g.recogniser
	base := g.unit.base
	// Walks that lead nowhere are paid for once in a unit.
	if g.opts.deferred || k.off || cand >= base || g.originals != nil || k.spent > len(k.partner) {
		return false
	}
	if p := k.partner[id-base]; p != 0 {
		if p != cand {
			return false
		}
		g.nodes[id].canon = cand // the walk from another type was here
		return true
	}
	early, assumed := len(k.early), len(g.unit.assumed)
	k.trail = k.trail[:0]
	if g.pairUp(id, cand) && g.walk() {
		g.stats.Recognised += len(k.trail)
		g.nodes[id].canon = cand
		return true
	}
	for i := range k.trail {
		a := k.trail[i].id
		k.partner[a-base], g.nodes[a].canon = 0, 0
	}
	k.early, g.unit.assumed = k.early[:early], g.unit.assumed[:assumed]
	k.spent += len(k.trail)
	return false
}

// walk pairs up what the types of the trail lead to. It reports whether all is
// equal.
func (g *graph) walk() bool {
	base, nodes, edges, partner := g.unit.base, g.nodes, g.edges, g.recogniser.partner
	for i := 0; i < len(g.recogniser.trail); i++ {
		s := &g.recogniser.trail[i]
		for own, other, end := s.own, s.other, s.own+s.n; own < end; own, other = own+1, other+1 {
			a, b := edges[own], edges[other]
			if a == b {
				continue
			}
			known := uint32(0)
			if i := a - base; i < uint32(len(partner)) {
				known = partner[i]
			}
			switch {
			case known == b && b != 0:
			case known == 0 && a >= base && nodes[a].canon == 0 && nodes[b].canon == b:
				if !g.pairUp(a, b) {
					return false
				}
			case !g.meet(a, b):
				return false
			}
		}
	}
	return true
}

// meet reports whether a, a type of the unit, and b, one of the graph, are equal
// as far as these two are concerned. If they are to be compared further, they are
// partners then.
func (g *graph) meet(a, b uint32) bool {
	base := g.unit.base
	if g.nodes[b].canon != b { // a FWD that is bound, or a type of the base that was not met so far
		b = g.resolve(b)
	}
	if a >= base && g.nodes[a].canon == 0 {
		switch p := g.recogniser.partner[a-base]; {
		case p == 0:
			return g.pairUp(a, b)
		case p == b:
			return true
		default:
			// Of two reference types that became equal when a FWD was bound, both
			// stay in the graph.
			work := maxClassWork
			return b < base && g.sameClass(p, b, &work) && g.claim(a, b)
		}
	}
	return g.resolve(a) == b || g.info[g.nodes[a].shape].class == classEnum && g.matchEnums(a, b) == enumSame
}

// pairUp makes b the partner of a, a type of the unit that has none and no canon,
// if that may be.
func (g *graph) pairUp(a, b uint32) bool {
	k := &g.recogniser
	base := g.unit.base
	if b >= base {
		return false
	}
	n, m := &g.nodes[a], &g.nodes[b]
	if m.shape == 0 && b != 0 && b < g.own {
		g.load(b)
	}
	if m.shape != n.shape || m.canon != b {
		return false
	}
	info := &g.info[n.shape]
	if !info.plain {
		return false
	}
	if o := k.owner[b]; uint32(o>>32) != k.unit {
		k.owner[b] = uint64(k.unit)<<32 | uint64(a-base)
	} else if !g.claim(a, b) {
		return false
	}
	k.partner[a-base] = b
	k.trail = append(k.trail, step{a, n.start, m.start, info.edges})
	switch info.class {
	case classStruct:
		n.canon = b
	case classTypedef:
		g.unit.assumed = append(g.unit.assumed, assumption{pair{a, b}, false})
	}
	return true
}

// claim makes sure that b has no other owner in the unit than a and its copies.
func (g *graph) claim(a, b uint32) bool {
	k := &g.recogniser
	o := k.ownerOf(b, g.unit.base)
	if o == 0 {
		k.owner[b] = uint64(k.unit)<<32 | uint64(a-g.unit.base)
		return true
	}
	if o == a {
		return true
	}
	if g.info[g.nodes[a].shape].class == classStruct {
		k.early = append(k.early, a)
	}
	work := maxCopyWork
	ok := g.copies(a, o, identDepth, &work)
	g.spend(maxCopyWork - work)
	return ok
}

// maxCopyWork bounds copies, in pairs. If it says no, the comparison decides.
const maxCopyWork = 1 << 12

// ownerOf returns the type of the unit that got b as its partner first, 0 if none
// has. base is the ID of the first type of the unit.
func (k *recogniser) ownerOf(b, base uint32) uint32 {
	o := k.owner[b]
	if uint32(o>>32) != k.unit || k.partner[uint32(o)] == 0 { // a walk that did not accept
		return 0
	}
	return base + uint32(o)
}

// copies reports whether two types of the unit are equal down to nodes that they
// share. The identity check then holds for them.
func (g *graph) copies(a, b uint32, depth int, work *int) bool {
	if *work--; *work < 0 {
		return false
	}
	na, nb := &g.nodes[a], &g.nodes[b]
	if na.shape != nb.shape || depth == 0 || a < g.unit.base || b < g.unit.base || !g.info[na.shape].comparable() {
		return false
	}
	other := g.edgesOf(nb)
	for i, e := range g.edgesOf(na) {
		if e != other[i] && !g.copies(e, other[i], depth-1, work) {
			return false
		}
	}
	return true
}

// checkOwner is called when a comparison binds b to a. It reports whether that is
// in order if b has an owner.
func (g *graph) checkOwner(a, b uint32) bool {
	if len(g.recogniser.early) == 0 || b >= g.unit.base {
		return true
	}
	o := g.recogniser.ownerOf(b, g.unit.base)
	if o == 0 || o == a {
		return true
	}
	check := &g.cmp.ident
	check.work = 0
	defer func() { g.spend(check.work) }()
	check.forget()
	if g.strictlyIdentical(o, a, identDepth) {
		return true
	}
	check.forget()
	return g.surelyDifferent(o, a, identDepth)
}

// earlyCopy reports whether a struct of the same shape that comes after id was decided as a
// copy, though it could be equal to id, which is new, when its turn comes.
func (g *graph) earlyCopy(id uint32) bool {
	g.spend(len(g.recogniser.early))
	for _, a := range g.recogniser.early {
		if a > id && g.nodes[a].shape == g.nodes[id].shape {
			return true
		}
	}
	return false
}

// recogniseDepth is deep enough for pointers to prototypes with pointers to prototypes.
const recogniseDepth = 8

// recogniseRef decides on a reference type if its partner is what mergeRef would find:
// a type of the graph that refers to just what stands for the references, which
// are decided before. depth bounds how many of them in a row are not decided yet.
func (g *graph) recogniseRef(id uint32, depth int) bool {
	base, nodes, edges := g.unit.base, g.nodes, g.edges
	n := &nodes[id]
	b := g.recogniser.partner[id-base]
	if b == 0 {
		return false
	}
	own, other := n.start, nodes[b].start
	for end := own + g.info[n.shape].edges; own < end; own, other = own+1, other+1 {
		e := edges[own]
		if e == 0 { // and so is the other, as they are partners
			continue
		}
		canon := nodes[e].canon
		if canon == 0 {
			if depth == 0 || !g.recogniseRef(e, depth-1) {
				return false
			}
			canon = nodes[e].canon
		}
		if canon != edges[other] || canon >= base || nodes[canon].canon != canon {
			return false
		}
		if b < g.own && g.info[nodes[canon].shape].class == classFwd { // see mayChange
			return false
		}
	}
	if b < g.own && !g.onlyOfBase(b) {
		return false
	}
	n.canon = b
	return true
}
