package typegraph

import (
	"cmp"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// Why adding the rest of a unit gives what adding the unit would give.
//
// A scout has looked for the types of the unit in the graph as it was some units ago. Each type
// that it found has a partner there, and the pairs are closed under references, as those of the
// recogniser are. AddFound adds the rest alone, with references to the partners, if it can
// confirm that Add would have come to the same:
//
//   - Every struct, union and typedef that was found would be found equal to its partner. The
//     comparison with the partner succeeds, for the reasons that recognise.go gives; they hold
//     for the graph of now as well, as classes only grow. No other candidate can be taken: there
//     is none, or the comparison with it gets to two structs of different content (differs).
//     A candidate that was added meanwhile is looked at as well (changedSince).
//   - Where a struct met a forward declaration, the comparison binds the one to the other, if no
//     earlier unit has done that. So does addRest, if all of the unit agrees on the struct (binds). Before,
//     a comparison takes them for equal by their names; after, because they are one class: so it
//     does not matter which struct is decided on first.
//   - Every struct, union and typedef of the rest is new: it has no candidate, or the comparison
//     with each is sure to fail, which leaves no trace. So nothing of the rest needs to be compared,
//     and nothing is bound. They become candidates in the order in which Add takes them. Another
//     type of the unit that has the content of one of them would be compared with it, but that is sure
//     to fail as well (apart). If others
//     have been added meanwhile, the rest is looked for once more among these alone.
//   - Reference types of the rest are merged by what they refer to, and in the same order: one
//     that was found refers to types that were found, so that the merging of it adds nothing. A
//     forward declaration may have been bound since it was looked at. Then Add would give the
//     reference types above it new types, which are equal to the partners in the end: there
//     mergeRefsAgain takes the earliest, which is never one of these.
//   - Enums that were found add nothing. Those of a name for which there is one without values are
//     one class, or this mode has given up.
//   - There are no originals, for which this would not be enough.
//
// Nothing is lost where this cannot be confirmed: the unit is added as a whole. That is what
// happens to units that have a version of a struct which differs from those before: one in ten of a
// kernel.

// AddFound is Add of a unit of which a scout has found some types.
func (g *Incremental) AddFound(u *Unit, f *Findings) error {
	if g.err == nil && !g.confirm(u, f) {
		return g.Add(u)
	}
	if g.err == nil {
		g.err = g.addRest(u, f)
	}
	return g.err
}

// confirm reports whether it is enough to add the rest.
func (g *Incremental) confirm(u *Unit, f *Findings) bool {
	p := g.published
	if f.whole || p == nil || g.originals != nil {
		return false
	}
	if g.scout == nil {
		g.scout = g.NewScout()
	}
	s := g.scout
	s.v, s.u, s.partner, s.work = p.view.Load(), u, f.ids[1:], 0
	if p.changes != f.changes {
		for _, i := range f.structs {
			if sh := u.Shapes[i]; p.changedSince(sh, f.changes) && !s.onlyPartner(i, s.v.candidate(sh)&^manyBit) {
				return false
			}
		}
	}
	if f.end != uint32(len(s.v.nodes)) && !s.find(u, f, f.end) {
		return false
	}
	if f.binds = f.binds[:0]; !g.findBinds(u, f) {
		return false
	}
	// The rest is new: find has told all that it leaves apart from their candidates, and there
	// are no others by now.
	structs := s.structs[:0]
	for _, i := range f.rest {
		sh := u.Shapes[i]
		if c := s.classOf(sh); c != classStruct && c != classTypedef {
			continue
		}
		if s.v.candidate(sh) != 0 && slices.ContainsFunc(f.structs, func(k uint32) bool { return u.Shapes[k] == sh && !s.apart(i, k, differDepth) }) {
			return false
		}
		structs = append(structs, i)
	}
	s.structs = structs
	slices.SortFunc(structs, func(i, k uint32) int { return cmp.Compare(u.Shapes[i], u.Shapes[k]) })
	for n, i := range structs {
		for _, k := range structs[n+1:] {
			if u.Shapes[k] != u.Shapes[i] {
				break
			}
			if !s.apart(i, k, differDepth) {
				return false
			}
		}
	}
	return true
}

// A bind says that a struct or union is to stand for a forward declaration. Each is a type of
// the graph or, as a local one, of the rest.
type bind struct{ fwd, real Ref }

// findBinds finds the forward declarations that the unit binds. It reports false if they are not
// all bound to one type that is of their name and kind.
func (g *Incremental) findBinds(u *Unit, f *Findings) bool {
	for _, b := range f.bound {
		own, other := Local(b.cur+1), InGraph(g.resolve(b.canon))
		shape := u.Shapes[b.cur]
		if p := f.ids[1+b.cur]; p != 0 {
			if own = InGraph(g.resolve(p)); own == other {
				continue // it is bound
			}
			shape = g.nodes[own.ID()].shape
		}
		to := bind{own, other}
		fwd, real := g.shapes.Words(shape), g.shapes.Words(g.nodes[other.ID()].shape)
		if btf.KindOf(fwd[1]) != btf.KindFwd {
			to, fwd, real = bind{other, own}, real, fwd
		}
		declared, err := describe(fwd)
		if err != nil || declared.class != classFwd || fwd[0] == 0 || fwd[0] != real[0] || !declared.fwdFits(btf.KindOf(real[1])) {
			return false
		}
		for _, other := range f.binds {
			if other.fwd == to.fwd && other.real != to.real {
				return false
			}
		}
		f.binds = append(f.binds, to)
	}
	return true
}

// restBit marks the number of a type in the rest where others have an ID.
const restBit = 1 << 31

// addRest adds the rest of a unit.
func (g *Incremental) addRest(u *Unit, f *Findings) error {
	r := &f.unit
	r.Shapes, r.Edges, r.Start = r.Shapes[:0], r.Edges[:0], append(r.Start[:0], 0)
	for k, i := range f.rest {
		f.ids[1+i] = restBit | uint32(1+k)
	}
	for _, i := range f.rest {
		r.Shapes = append(r.Shapes, u.Shapes[i])
		for _, e := range u.Edges[u.Start[i]:u.Start[i+1]] {
			if n := uint32(e); e != Void && n < uint32(len(f.ids)) {
				if id := f.ids[n]; id&restBit != 0 {
					e = Local(id &^ restBit)
				} else {
					e = InGraph(g.resolve(id))
				}
			}
			r.Edges = append(r.Edges, e)
		}
		r.Start = append(r.Start, uint32(len(r.Edges)))
	}
	found := len(u.Shapes) - len(f.rest)
	g.stats.Types += found
	g.stats.Recognised += found
	g.effort.types += found
	if len(f.rest) > 0 {
		g.unit.partial = true
		err := g.add(r)
		g.unit.partial = false
		if err != nil {
			return err
		}
		for k, i := range f.rest {
			f.ids[1+i] = g.ids[1+k]
		}
	}
	id := func(r Ref) uint32 {
		if r.IsInGraph() {
			return r.ID()
		}
		return f.ids[r.Number()]
	}
	for _, b := range f.binds {
		g.setCanon(id(b.fwd), g.resolve(id(b.real)))
	}
	g.last = f.ids
	return nil
}
