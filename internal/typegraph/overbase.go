package typegraph

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/libbpf"
)

// Why merging unit by unit over a base gives the result of the deferred mode.
//
// What equivalence.go says holds over a base as well: the base's types are those of an
// earlier unit that was never merged with anything. They are in the full graph and in
// the small one with the same IDs and references, and each stands for itself. Three
// rules of libbpf are about the base alone, though, and depend on things that the small
// graph does not keep.
//
//   - A STRUCT of the unit that meets a FWD of the base makes the comparison fail, and
//     the FWD is bound to the STRUCT all the same (comparison.adjust). A FWD of an earlier
//     unit binds and does not fail. In the full graph these are two nodes; in the small
//     one, where the FWD of the base stands for the other one, they are one. Which
//     of the two the full graph comes to follows from where the comparison started: the
//     references of a unit do not leave it, nor do those of the base. So from a candidate
//     of the base it is the one of the base, and from another candidate it is not, unless the
//     path has crossed from one side to the other, where a FWD is followed to the type that it
//     is bound to. A crossing at a FWD that is there in the small graph is seen on the way. Where
//     a struct of the base took the place of the FWD when its unit was forgotten, that
//     struct was noted (noteBound). If a comparison that has met such a FWD may have crossed,
//     or if there is a FWD of the same name in the unit, so that a pointer to each may have to
//     pass an identity check, it is for the deferred mode: ReasonBaseFwd.
//   - A FWD of the base may be bound by a later unit. Then a pointer to it is no longer
//     one of the base: that refers to the FWD, this one to the struct. So reference types that
//     lead to a FWD of the base are kept apart from those of the base until Finish, which
//     decides on all reference types again (mergeRefsAgain). Until then they are
//     types of equal content that lead to the same classes, as after any
//     other FWD that was bound late.
//   - Of two equal types of a base, it depends on the number of types of all units which
//     one is taken, also for primitive types and for reference types, which are decided on at
//     another time here. And an enum of the base may be bound to one of a unit before
//     the first struct is compared. Both are for the deferred mode: ReasonBase.
//
// Enums of the units that are declared forward are kept apart until Finish, see openenums.go.
//
// Comparisons that fail because of a FWD of the base take no pair as one type, so they do not
// count for checkAssumed. They do count for checkOrder, as what they bind stays.
//
// Up to libbpf 1.7 typedefs are never those of a base (describeBase), though the structs
// around them are: so a class has members that refer to different typedefs. The graph stays
// deferred then, and if the base has FWDs twice or without a name.
//
// TestSplitByUnit compares the modes on random input.

// overBase is what a graph that merges unit by unit over a base has to know of it.
type overBase struct {
	entered []uint32            // candidates that are not of the base, for Reset
	rebound []uint32            // types of the base whose canon was set, for Reset
	bound   map[uint32]struct{} // structs of the base that stand for FWDs of units

	enumOrder candidates // that counts the entries of the pass over primitive types
	lax       []laxUnit  // in order

	only []uint64 // bit set of reference types of the base that are there once

	metFwd  bool // the comparison took a STRUCT for a FWD of the base, or one that it stands for
	crossed bool // it may have gone from types of the base to those of units, or back
}

// guessAdded is the number of primitive types of a module that the base does not have, to
// go by when nothing is known: see guessPrimitives.
const guessAdded = 100

// MergesByUnit reports whether graphs over the base can merge the types of each unit as it
// is added.
func (b *Base) MergesByUnit(compat libbpf.Version) bool {
	return compat.AtLeast(libbpf.V18) && !b.repeatsFwd && !b.anonFwd
}

// MergeByUnit makes a graph to which nothing was added one that merges the types of each
// unit as it is added, until Reset. Add and Finish fail with a NeedDeferredError when the
// result might not be that of libbpf. primitives is 0 or the number of a NeedCountError.
// The base has to allow it, see [Base.MergesByUnit].
func (g *Split) MergeByUnit(primitives uint64) { g.mergeByUnit(primitives) }

func (g *graph) mergeByUnit(primitives uint64) {
	b := g.opts.base
	g.opts.deferred = false
	g.opts.primitives = primitives
	g.order.primitives = b.entries(b.n - 1)
	if primitives == 0 {
		primitives = g.order.primitives + guessAdded
	}
	g.table.countTo(primitives)
}

// CheckOrder is described at Incremental.
func (g *Split) CheckOrder() error { return g.checkOrder() }

// mayChange reports whether a reference type, which is equal to one of the base, leads to a
// FWD that may yet be bound.
func (g *graph) mayChange(edges []uint32) bool {
	if g.opts.deferred || g.finishing {
		return false
	}
	for _, e := range edges {
		if g.info[g.nodes[e].shape].class == classFwd {
			return true
		}
	}
	return false
}

// onlyOfBase reports whether no other type of the base is equal to a reference type of it.
func (g *graph) onlyOfBase(id uint32) bool {
	o := &g.over
	if o.only == nil {
		o.only = make([]uint64, (g.own+63)/64)
	}
	if o.only[id/64]>>(id%64)&1 != 0 {
		return true
	}
	base := g.opts.base
	var two [2]uint32
	if rec := base.record(id); rec.Kind() == btf.KindFunc || len(base.ofRecord(two[:0], rec, 2, nil)) > 1 {
		return false
	}
	o.only[id/64] |= 1 << (id % 64)
	return true
}

// meetBaseFwd notes that a comparison has taken a STRUCT for a FWD of the base.
func (g *graph) meetBaseFwd(fwd uint32) {
	if g.opts.deferred {
		g.cmp.adjust = true
		return
	}
	g.over.metFwd = true
	for _, id := range g.sorted.list(queueNow) {
		if g.nodes[id].shape == g.nodes[fwd].shape {
			g.over.crossed = true
			return
		}
	}
}

// decideBaseFwd ends a comparison with canon that has met a FWD of the base and succeeded
// but for that.
func (g *graph) decideBaseFwd(canon uint32) error {
	o := &g.over
	for _, b := range g.cmp.bound {
		if o.crossed {
			break
		}
		_, o.crossed = o.bound[b.canon]
	}
	if o.crossed {
		return g.needDeferred(ReasonBaseFwd)
	}
	g.cmp.adjust = canon < g.own
	return nil
}

// noteBound notes the structs of the base that stand for FWDs of the unit.
func (g *graph) noteBound() {
	if g.own == 1 {
		return
	}
	for _, id := range g.sorted.list(queueNow) {
		if g.info[g.nodes[id].shape].class != classFwd {
			continue
		}
		if canon := g.resolve(id); canon < g.own && g.kindOf(canon) != btf.KindFwd {
			if g.over.bound == nil {
				g.over.bound = make(map[uint32]struct{})
			}
			g.over.bound[canon] = struct{}{}
		}
	}
}

// needsOrder ends the merging unit by unit where the order of equal types of the base counts.
func (g *graph) needsOrder() error {
	if g.opts.deferred {
		return nil
	}
	return g.needDeferred(ReasonBase)
}

// resetOverBase ends the merging unit by unit.
func (g *graph) resetOverBase() {
	for _, id := range g.over.rebound {
		g.nodes[id].canon = id
	}
	o := &g.over
	*o = overBase{entered: o.entered[:0], rebound: o.rebound[:0], only: o.only}
	if g.opts.deferred {
		return
	}
	g.opts.deferred, g.opts.primitives, g.finishing = true, 0, false
	g.order = order{}
	g.originals, g.saved = nil, savedUnit{}
	g.recogniser.early = g.recogniser.early[:0]
	clear(g.refs.recent)
}
