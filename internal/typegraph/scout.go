package typegraph

import (
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// A Scout finds out, before a unit is added, which of its types an [Incremental] graph has
// already. Each goroutine has a scout of its own, which looks at the graph while others add to it.
//
// It does what the recogniser does, and by the same rules: partners by content, walks from types
// with one candidate, copies only where two types have one partner. There are two differences.
// It decides on reference types as well. And it gives the unit up where it would have to compare:
// if a walk does not end well, it is left to Add to find out what is different.
//
// What is found stays true while the graph grows: contents and references of its types never
// change, and of two types that are one class neither leaves it. See confirm.go for what
// does not stay true.
type Scout struct {
	published *published
	shapes    *Shapes
	v         *view
	u         *Unit
	f         *Findings
	partner   []uint32 // by index in the unit: f.ids without void
	least     uint32   // partners are types from here on

	owners       owners // of what are partners, from least on
	earlier      owners // of others
	earlierKnown bool

	structs, refs, unclear []uint32 // types of the unit, by index
	trail                  []uint32 // types of the walk
	most                   int      // types that are looked for
	spent, work            int      // by walks that did not end well, and by copies and differences
}

// Findings are what a scout found out about a unit. The zero value is ready.
type Findings struct {
	whole   bool     // nothing is known: the unit is to be added as it is
	end     uint32   // IDs of the graph that the scout saw
	changes uint32   // published.changes that it saw
	ids     []uint32 // by local number: the type of the graph, 0 for those that it does not have
	rest    []uint32 // these, by index
	structs []uint32 // of the structs, unions and typedefs that were found: indexes
	bound   []pair   // a type of the unit, by index, and one of the graph: a FWD and what it has to be bound to
	binds   []bind   // what of these nobody has bound so far
	unit    Unit     // the rest
}

// NewScout returns a scout for a graph that has scouts. It may be called from any goroutine.
func (g *Incremental) NewScout() *Scout {
	return &Scout{published: g.published, shapes: g.shapes}
}

// Rest returns the indexes of the types that were not found, of all types if all are unknown.
func (f *Findings) Rest() (rest []uint32, some bool) { return f.rest, !f.whole }

// Find looks for the types of a unit. References of the unit may lead to types of the graph.
func (s *Scout) Find(u *Unit, f *Findings) {
	n := len(u.Shapes)
	f.ids = slices.Grow(f.ids[:0], n+1)[:n+1]
	clear(f.ids)
	f.rest, f.structs, f.bound = f.rest[:0], f.structs[:0], f.bound[:0]
	s.v = s.published.view.Load()
	if f.whole = s.v == nil || len(u.Start) != n+1; f.whole {
		return
	}
	f.end, f.changes = uint32(len(s.v.nodes)), s.v.changes
	for i := range u.Shapes {
		f.rest = append(f.rest, uint32(i))
	}
	f.whole = !s.find(u, f, 1)
}

// find looks for the rest among the types from least on, and leaves there what it does not find.
// It reports false if the unit is to be added as it is.
func (s *Scout) find(u *Unit, f *Findings, least uint32) bool {
	v := s.v
	s.u, s.f, s.partner, s.least = u, f, f.ids[1:], least
	s.structs, s.refs, s.unclear, s.spent, s.work = s.structs[:0], s.refs[:0], s.unclear[:0], 0, 0
	s.most = len(f.rest)
	s.owners.reset(s.most)
	s.earlierKnown = false
	for _, i := range f.rest {
		sh := u.Shapes[i]
		if uint(sh) >= uint(len(v.info)) {
			continue
		}
		info := &v.info[sh]
		if u.Start[i+1]-u.Start[i] != info.edges {
			return false
		}
		switch info.class {
		case classStruct, classTypedef:
			s.structs = append(s.structs, i)
		case classRef:
			s.refs = append(s.refs, i)
		case classPrimitive, classEnum, classFwd:
			if id := v.candidate(sh); id&manyBit == 0 && id != 0 {
				s.partner[i] = v.resolve(id)
			}
		}
	}
	if !s.findStructs() {
		return false
	}
	for _, i := range s.refs {
		if s.partner[i] == 0 {
			s.findRef(i, recogniseDepth)
		}
	}
	rest := f.rest[:0]
	for _, i := range f.rest {
		if s.partner[i] == 0 {
			rest = append(rest, i)
		}
	}
	f.rest = rest
	return true
}

// findStructs looks for structs, unions and typedefs: those with one candidate first, which lead
// to most of the others.
func (s *Scout) findStructs() bool {
	for _, i := range s.structs {
		switch cand := s.v.candidate(s.u.Shapes[i]); {
		case cand&manyBit != 0:
			s.unclear = append(s.unclear, i)
		case cand != 0 && s.partner[i] != cand:
			if s.partner[i] != 0 || !s.try(i, cand) && !s.isNew(i) {
				return false
			}
		}
	}
	for _, i := range s.unclear {
		if !s.findUnclear(i) {
			return false
		}
	}
	for _, i := range s.structs {
		if s.partner[i] != 0 {
			s.f.structs = append(s.f.structs, i)
		}
	}
	return true
}

// findUnclear looks for a type of a shape with several candidates, from which all others must
// differ.
func (s *Scout) findUnclear(i uint32) bool {
	several := s.v.several
	last := s.v.candidate(s.u.Shapes[i]) &^ manyBit
	if int(last) >= len(several) {
		return false
	}
	for list := last; list != 0 && s.partner[i] == 0; list = several[list].next {
		s.try(i, several[list].id)
	}
	return s.onlyPartner(i, last) || s.partner[i] == 0 && s.isNew(i)
}

// isNew reports whether a struct, union or typedef differs from all candidates of its shape.
func (s *Scout) isNew(i uint32) bool {
	list := s.v.candidate(s.u.Shapes[i])
	if list&manyBit == 0 {
		return list == 0 || s.differs(i, list, differDepth)
	}
	if list &^= manyBit; int(list) >= len(s.v.several) {
		return false
	}
	for ; list != 0; list = s.v.several[list].next {
		if s.work++; !s.differs(i, s.v.several[list].id, differDepth) {
			return false
		}
	}
	return true
}

// onlyPartner reports whether a type differs from all types of a list but its partner, which is
// one of them.
func (s *Scout) onlyPartner(i, list uint32) bool {
	found := false
	for ; list != 0; list = s.v.several[list].next {
		if id := s.v.several[list].id; s.partner[i] == id {
			found = true
		} else if s.work++; !s.differs(i, id, differDepth) {
			return false
		}
	}
	return found
}

// differDepth is deep enough for a struct with a pointer to a qualified struct.
const differDepth = 5

// differs reports whether a comparison of a type of the unit with one of the graph is sure to
// fail. It looks for a pair that the comparison gets to, or in its place for a copy of the type
// of the unit, of which the content is not the same.
func (s *Scout) differs(i, b uint32, depth int) bool {
	v, u := s.v, s.u
	sh := u.Shapes[i]
	if b = v.resolve(b); depth == 0 || s.partner[i] == b {
		return false
	}
	shape := v.nodes[b].shape
	if int(sh) >= len(v.info) { // it is new
		info, err := describe(s.shapes.Words(sh))
		return err == nil && info.plain && v.info[shape].plain
	}
	info := &v.info[sh]
	if !info.plain || !v.info[shape].plain {
		return false // a FWD or an enum may be equal to others
	}
	if sh != shape {
		return true
	}
	if info.bits&infoArray != 0 || s.work > maxDiffer {
		return false // copies of arrays may have other elements
	}
	other := v.edgesOf(b)
	for k, r := range u.Edges[u.Start[i]:u.Start[i+1]] {
		s.work++
		if n := uint32(r) - 1; (r == Void) != (other[k] == 0) || n < uint32(len(s.partner)) && s.differs(n, other[k], depth-1) {
			return true
		}
	}
	return false
}

// apart is differs for two types of the unit, of which one may become a candidate for the other.
func (s *Scout) apart(i, k uint32, depth int) bool {
	if s.work++; i == k || depth == 0 || s.work > maxDiffer {
		return false
	}
	u := s.u
	a, err := describe(s.shapes.Words(u.Shapes[i]))
	b, err2 := describe(s.shapes.Words(u.Shapes[k]))
	if err != nil || err2 != nil || !a.plain || !b.plain {
		return false
	}
	if u.Shapes[i] != u.Shapes[k] {
		return true
	}
	if a.bits&infoArray != 0 {
		return false
	}
	other := u.Edges[u.Start[k]:u.Start[k+1]]
	for at, r := range u.Edges[u.Start[i]:u.Start[i+1]] {
		q := other[at]
		n, m := uint32(r)-1, uint32(q)-1
		if (r == Void) != (q == Void) || max(n, m) < uint32(len(s.partner)) && s.apart(n, m, depth-1) {
			return true
		}
	}
	return false
}

// maxDiffer bounds differs and apart, in references of one unit.
const maxDiffer = 1 << 16

// try makes cand the partner of a type, if all that the two lead to is equal.
func (s *Scout) try(i, cand uint32) bool {
	s.trail = s.trail[:0]
	bound := len(s.f.bound)
	if s.spent <= s.most && s.pairUp(i, cand) && s.walk() {
		return true
	}
	for _, t := range s.trail {
		s.partner[t] = 0
	}
	s.f.bound = s.f.bound[:bound]
	s.spent += len(s.trail)
	return false
}

// walk pairs up what the types of the trail lead to. It reports whether all is equal.
func (s *Scout) walk() bool {
	v, u, partner := s.v, s.u, s.partner
	for t := 0; t < len(s.trail); t++ {
		i := s.trail[t]
		own := u.Edges[u.Start[i]:u.Start[i+1]]
		other := v.edges[v.nodes[partner[i]].start:][:len(own)]
		for k, r := range own {
			b := other[k]
			if n := uint32(r) - 1; n < uint32(len(partner)) && partner[n] == b && b != 0 {
				continue
			}
			if !s.meet(r, b) {
				return false
			}
		}
	}
	return true
}

// meet reports whether what a reference of the unit leads to and b, a type of the graph, are
// equal as far as these two are concerned. If they are to be compared further, they are partners
// then.
func (s *Scout) meet(r Ref, b uint32) bool {
	v := s.v
	if r == Void || b == 0 {
		return r == Void && b == 0
	}
	n := uint32(r) - 1
	if n < uint32(len(s.partner)) && s.partner[n] == 0 && s.u.Shapes[n] == v.nodes[b].shape { // the usual case
		return s.pairUp(n, b)
	}
	b = v.resolve(b)
	if n >= uint32(len(s.partner)) {
		return r.IsInGraph() && r.ID() < uint32(len(v.nodes)) && v.resolve(r.ID()) == b
	}
	p := v.resolve(s.partner[n])
	switch from, to := s.classOf(s.u.Shapes[n]), v.info[v.nodes[b].shape].class; {
	case p == b:
		return true
	case from == classFwd && to == classStruct || from == classStruct && to == classFwd:
		s.f.bound = append(s.f.bound, pair{n, b})
		return true
	case p == 0:
		return s.pairUp(n, b)
	}
	// Of two reference types that became equal when a FWD was bound, both stay in the graph.
	work := maxClassWork
	if !v.sameClass(p, b, &work) {
		return false
	}
	return s.claim(n, b)
}

// ownersOf returns the table that has the owner of a type. Of those that types of the unit had for partners before the
// rest was looked for, hardly ever one is asked for.
func (s *Scout) ownersOf(b uint32) *owners {
	if b >= s.least {
		return &s.owners
	}
	if !s.earlierKnown {
		s.earlierKnown = true
		s.earlier.reset(len(s.partner))
		for i, b := range s.partner {
			if b != 0 && b < s.least {
				s.earlier.claim(uint32(i), b, s.partner)
			}
		}
	}
	return &s.earlier
}

// pairUp makes b the partner of a type of the unit that has none, if that may be.
func (s *Scout) pairUp(i, b uint32) bool {
	sh := s.u.Shapes[i]
	if b < s.least || b >= uint32(len(s.v.nodes)) || s.v.nodes[b].shape != sh {
		return false
	}
	if info := &s.v.info[sh]; !info.plain || s.u.Start[i+1]-s.u.Start[i] != info.edges || !s.claim(i, b) {
		return false
	}
	s.trail = append(s.trail, i)
	s.partner[i] = b
	return true
}

// claim makes type i of the unit the owner of b, or makes sure that it is a copy of the owner.
func (s *Scout) claim(i, b uint32) bool {
	o := s.ownersOf(b).claim(i, b, s.partner)
	if o == i || o == noOwner {
		return o == i
	}
	before := min(maxCopyWork, maxCopyWork+16*len(s.partner)-s.work)
	work := before
	ok := s.copies(i, o, identDepth, &work)
	s.work += before - work
	return ok
}

// copies is graph.copies for types of the unit.
func (s *Scout) copies(a, b uint32, depth int, work *int) bool {
	u := s.u
	if *work--; *work < 0 || depth == 0 || u.Shapes[a] != u.Shapes[b] || !s.v.info[u.Shapes[a]].comparable() {
		return false
	}
	other := u.Edges[u.Start[b]:u.Start[b+1]]
	for k, e := range u.Edges[u.Start[a]:u.Start[a+1]] {
		f := other[k]
		if e == f {
			continue
		}
		n, m := uint32(e)-1, uint32(f)-1
		if max(n, m) >= uint32(len(u.Shapes)) || int(max(u.Shapes[n], u.Shapes[m])) >= len(s.v.info) || !s.copies(n, m, depth-1, work) {
			return false
		}
	}
	return true
}

// findRef looks for a reference type by what it refers to, of which all must have been found.
// depth bounds how many in a row are not decided yet.
func (s *Scout) findRef(i uint32, depth int) bool {
	u, v := s.u, s.v
	var few [4]uint32
	edges := few[:0]
	for _, r := range u.Edges[u.Start[i]:u.Start[i+1]] {
		id := uint32(0)
		switch n := uint32(r) - 1; {
		case n < uint32(len(s.partner)):
			if id = s.partner[n]; id == 0 {
				if sh := u.Shapes[n]; depth == 0 || int(sh) >= len(v.info) || v.info[sh].class != classRef || !s.findRef(n, depth-1) {
					return false
				}
				id = s.partner[n]
			}
			id = v.resolve(id)
		case r.IsInGraph() && r.ID() < uint32(len(v.nodes)):
			id = v.resolve(r.ID())
		case r != Void:
			return false
		}
		edges = append(edges, id)
	}
	id := v.ref(u.Shapes[i], edges)
	if id < s.least || !s.claim(i, id) {
		return false
	}
	s.partner[i] = id
	return true
}

// classOf is the class of a shape that the view may not know yet.
func (s *Scout) classOf(sh Shape) class {
	if int(sh) < len(s.v.info) {
		return s.v.info[sh].class
	}
	return kinds[btf.Record(s.shapes.Words(sh)).Kind()].class
}
