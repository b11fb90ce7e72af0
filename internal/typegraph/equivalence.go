package typegraph

import "github.com/gopahole/gopahole/btf"

// Why the incremental mode gives the result of the deferred mode.
//
// Call the full graph that of all types ever added, with the references they came
// with. libbpf, and the deferred mode, compare a type of unit n with candidates in the
// full graph of the units up to n. The incremental mode compares it with candidates in
// a smaller graph. There each class of types that have one canonical type is a single
// node, and references lead to classes. Both modes start from the same types of unit n,
// which stay complete in both until the unit is done.
//
// The small graph is a faithful image of the full one if every member of a class refers
// to the same classes (up to a FWD and the struct it is bound to). Then for each pair
// (c, k) that a comparison visits in the full graph there is the pair (c, class of k)
// in the small one, and the other way round. And what is decided about a single pair
// depends only on what the class and the full graph's node have in common. That leaves
// the places where a comparison looks at more than pairs, or where the two modes do
// things at different times. Each of them has a check, and a Reason if it fails:
//
//   - Originals. Whether the image is faithful is not assumed but checked. A
//     comparison that succeeds has taken pairs of types as the same. When the unit
//     is done, both types of each such pair must be of one class, or the class
//     would have references to different ones. Reference types are left out,
//     their references being pairs as well. This finds a FWD of the unit that is
//     bound to one struct and met another one of that name, among others. In the
//     full graph, the types of such a unit are reached only from those of its
//     structs that became candidates, as references do not leave a unit, or by
//     a FWD bound to one of these. So the unit is kept as it came, and
//     comparisons that get to such a struct go on there. See originals.go. From the
//     first original on, the references of the unit's types are compared with those
//     of the types that stand for them, as candidates are not images of their
//     classes any more.
//   - ReasonBinding. The two types of a pair are both of the unit and passed the
//     identity check below, but are not of one class.
//   - ReasonIdentity. A comparison binds each canonical node to one type of the
//     unit. Several nodes of the full graph are one node of the small graph, so a second type of
//     the unit can meet a node that is bound, where in the full graph the two
//     have nodes of their own and no identity check takes place. If the two types
//     are plainly copies of each other, the comparison of the second one in the
//     full graph goes as that of the first one, and, if there is an identity check, it succeeds:
//     a check that succeeds here within the depth does so for any two of several
//     copies, as on each path on which two copies a and c differ, a and b or b and
//     c differ all the way. The copies and all their parts are pairs for the check
//     above. If the two are surely different, no comparison can take both for the
//     same, with one node of the full graph or with two. Anything in between is for
//     the deferred mode, unless the comparison fails elsewhere.
//   - checkOrder. libbpf takes the first candidate that is equal. The order
//     depends on the number of primitive types of all units (see order), which is
//     not known yet when a unit is merged. Where several are equal, the graph goes
//     by a guess and remembers what it relied on, for checkOrder to find out
//     whether that was so. If it was not, a second graph gets the right number.
//     Insertions are the same in both modes: that of a primitive type depends only
//     on which types came before, not on their order, and structs are inserted
//     in the order of IDs. Candidates before the one that was taken failed without
//     a trace, and those after it only matter if they would come first.
//     ReasonCandidate is for input without primitive types, as 0 means unknown.
//   - ReasonEnum. libbpf decides on all enums of all units before the first
//     struct. As long as a name with forward declarations has one definition at
//     most, all enums of that name end up as one, and no comparison depends on
//     when that is known: before, a declaration matches the definition as well.
//     Over a base there may be more: see openenums.go.
//   - ReasonEarlier. Types of the unit may be compared with themselves when a unit
//     refers to reference types of the graph. In the full graph these would be
//     distinct nodes. Primitive types are one class from the start.
//   - ReasonAnonFwd. See refSignature.
//
// Things that look as if they mattered, and do not:
//   - FWDs of later units. All FWDs of a name and kind are one class from the
//     first one on, in both modes. Names alone resolve FWDs at the very end.
//   - Reference types are merged at the end of each unit here, at the very end
//     there. Members of a class keep referring to one class, whatever is bound
//     later. That two classes become equal later, by a FWD that is bound, only
//     means that the small graph is not as small as it could be until
//     mergeRefsAgain.
//   - Which reference type of a class stays. That is the first in the order of
//     decision, which follows the references within a unit, unit by unit.
//   - Bindings of a comparison in the full graph that have no counterpart here,
//     because another node of the same class came first. What they would
//     make known is a pair of the same two classes, or of a copy of the type.
//
// Most types are not compared at all, see recognise.go.
//
// TestIncrementalIsDeferred compares the modes on random input, TestReasons has an example
// for each Reason of what would go wrong without the check.

// needDeferred ends the incremental mode.
func (g *graph) needDeferred(r Reason) error {
	if g.ignoreReasons {
		return nil
	}
	return &NeedDeferredError{r}
}

// checkAccepted looks at a comparison that succeeded in incremental mode, and at the
// candidates that were not tried: the order relies on the accepted one being
// tried before those that are equal as well.
func (g *graph) checkAccepted(id, cand uint32, others []uint32) error {
	if g.cmp.doubt {
		if err := g.needDeferred(ReasonIdentity); err != nil {
			return err
		}
	}
	if len(others) == 0 {
		return nil
	}
	g.unbind()
	ambiguous := false
	for _, other := range others {
		ok, err := g.equal(id, g.walkFrom(other))
		g.unbind()
		// An error counts: libbpf meets it only if it tries this one first.
		if ok || err != nil {
			g.order.firstTried(cand, other, g.opts.base)
			ambiguous = true
		}
	}
	if ambiguous {
		g.stats.Ambiguous++
	}
	// The bindings of the accepted one are needed again.
	_, err := g.equal(id, g.walkFrom(cand))
	return err
}

// assumption is a pair that an accepted comparison took as one type.
type assumption struct {
	pair
	copies bool // both are of the unit: they passed the identity check
}

// checkAssumed finds out whether what accepted comparisons took as one type has
// become one type.
func (g *graph) checkAssumed() (bool, error) {
	faithful := true
	for _, p := range g.unit.assumed {
		if g.resolve(p.cur) == g.resolve(p.canon) {
			continue
		}
		if p.copies {
			return false, g.needDeferred(ReasonBinding)
		}
		faithful = false
	}
	return faithful, nil
}

// strictlyIdentical is the identity check of the incremental mode: stricter than
// libbpf's in that arrays are compared with their elements, and that references
// that go round in circles are not identical.
func (g *graph) strictlyIdentical(a, b uint32, depth int) bool {
	for links := 0; a != b; links++ {
		if depth <= 0 || links > maxLinks {
			return false
		}
		if g.cmp.ident.work++; g.cmp.ident.work > maxIdentWork {
			return false
		}
		na, nb := &g.nodes[a], &g.nodes[b]
		if na.shape != nb.shape {
			return false
		}
		info := &g.info[na.shape]
		if info.class != classRef {
			g.unit.assumed = append(g.unit.assumed, assumption{pair{a, b}, true})
		}
		switch info.kind {
		case btf.KindStruct, btf.KindUnion, btf.KindFuncProto, btf.KindArray:
			if g.cmp.ident.seenAt(pair{a, b}) <= depth {
				return true
			}
			other := g.edgesOf(nb)
			for i, e := range g.edgesOf(na) {
				if !g.strictlyIdentical(e, other[i], depth-1) {
					return false
				}
			}
			g.cmp.ident.see(pair{a, b}, depth)
			return true
		case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindPtr,
			btf.KindTypedef, btf.KindFunc, btf.KindTypeTag:
			a, b = g.edges[na.start], g.edges[nb.start]
		case btf.KindVar, btf.KindDatasec, btf.KindDeclTag, btf.KindLocProto, btf.KindLocsec:
			return false
		default:
			return true
		}
	}
	return true
}

const (
	// maxLinks bounds a chain of pointers, qualifiers and typedefs in the
	// identity check of the incremental mode; real ones have less than 20.
	maxLinks = 1 << 10

	// maxIdentWork bounds one identity check of the incremental mode, in pairs.
	maxIdentWork = 1 << 16
)

// surelyDifferent reports whether no comparison can succeed that takes both a
// and b for the same type.
//
// A comparison that succeeds has seen equal names, fitting kinds, and, but for
// FWDs and enums, equal shapes at every step along pointers, qualifiers,
// typedefs, prototypes and unnamed structs; so two types that both match one
// type agree there with each other. Not so inside of named structs, where a FWD
// matches without a further look, and of arrays, where the identity check does
// not look either.
func (g *graph) surelyDifferent(a, b uint32, depth int) bool {
	for links := 0; a != b && links < maxLinks && depth > 0; links++ {
		if g.cmp.ident.work++; g.cmp.ident.work > 2*maxIdentWork {
			return false
		}
		na, nb := &g.nodes[a], &g.nodes[b]
		ia, ib := &g.info[na.shape], &g.info[nb.shape]
		if sigKind(ia) != sigKind(ib) || ia.name != ib.name {
			return true
		}
		switch ia.class {
		case classEnum, classFwd:
			return false
		case classStruct:
			if ia.name != 0 {
				return false
			}
		}
		if na.shape != nb.shape {
			return true
		}
		switch ia.kind {
		case btf.KindStruct, btf.KindUnion, btf.KindFuncProto:
			if g.cmp.ident.seenAt(pair{a, b}) <= -depth {
				return false
			}
			g.cmp.ident.see(pair{a, b}, -depth)
			other := g.edgesOf(nb)
			for i, e := range g.edgesOf(na) {
				if g.surelyDifferent(e, other[i], depth-1) {
					return true
				}
			}
			return false
		case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindPtr,
			btf.KindTypedef, btf.KindFunc, btf.KindTypeTag:
			a, b = g.edges[na.start], g.edges[nb.start]
		default:
			return false
		}
	}
	return false
}
