package typegraph

import "github.com/gopahole/gopahole/btf"

// pair is two nodes to compare: one of the unit at hand, and one that a
// candidate leads to.
type pair struct{ cur, canon uint32 }

// visit is a pair that waits, and where it comes from: an index into bound, or
// noPath.
type visit struct{ cur, canon, from uint32 }

// binding is a node whose hypot is set, and where it was reached from.
type binding struct{ canon, from uint32 }

// noPath: no chain of plain references leads here; see failures.go.
const noPath = 1<<32 - 1

// comparison is the state of one comparison of two types with all they lead to.
type comparison struct {
	stack []visit
	bound []binding // in the order of the first visit

	// adjust: the types are equal if a FWD of the base were the struct of the
	// same name. The base does not change, so they count as different, but the
	// FWD is bound all the same.
	adjust bool

	// doubt: in incremental mode, the identity check was not certain; see equivalence.go.
	doubt bool

	ident  identCheck
	failed failures
}

// equal compares cur, a type without a canon, with canon, a candidate of the same
// shape, and everything the two lead to. Each node reached from canon is bound
// to the one it met (node.hypot); the bindings stay until unbind.
//
// This is libbpf's btf_dedup_is_equiv with a stack of its own in place of
// recursion: pairs are visited in the same order, because the references of a
// pair are pushed last to first. What does not depend on earlier visits of the
// same comparison is decided before a pair is pushed:
//   - canonical types do not change during a comparison, so references that resolve to
//     the same type are equal now as well as later, and a FWD of the canonical
//     side can be replaced now by what it is bound to;
//   - a node that was already bound to the same partner stays so;
//   - two different shapes of which neither is a FWD or enum never match: not in
//     the comparison proper, and not in the identity check, since whatever the
//     canonical node is bound to has its shape, or is a FWD. Failing early has no
//     effect but the time saved, because a comparison that fails changes nothing.
func (g *graph) equal(cur, canon uint32) (bool, error) {
	nodes, info, edges := g.nodes, g.info, g.edges
	cmp := &g.cmp
	cmp.adjust, cmp.doubt = false, false
	g.over.metFwd, g.over.crossed = false, false
	g.stats.Comparisons++
	if cmp.failed.has(cur, canon) {
		return false, nil
	}
	if nodes[canon].shape == 0 {
		g.load(canon)
		info = g.info
	}
	stack := append(cmp.stack[:0], visit{cur, canon, noPath})
	steps := 0
	defer func() {
		cmp.stack = stack[:0]
		g.stats.Steps += steps
		g.spend(steps)
	}()
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if steps++; steps%cancelSteps == 0 {
			if err := g.cancel.cancelled(); err != nil {
				return false, err
			}
		}
		canonNode := &nodes[p.canon]
		if h := canonNode.hypot; h != 0 {
			if h == p.cur {
				continue
			}
			same, err := g.sameIdentity(h, p.cur)
			if !same || err != nil {
				return false, err
			}
			info = g.info
			continue
		}
		canonNode.hypot = p.cur
		if !g.checkOwner(p.cur, p.canon) {
			cmp.doubt = true
		}
		from := uint32(len(cmp.bound))
		cmp.bound = append(cmp.bound, binding{p.canon, p.from})
		curNode := &nodes[p.cur]
		si := &info[curNode.shape]
		if si.bits&infoOpaque != 0 || curNode.shape != canonNode.shape {
			ok, err := g.compatible(p.cur, p.canon)
			if !ok || err != nil {
				g.noteFailure(p.cur, p.canon, p.from, steps)
				return false, err
			}
			continue
		}
		n := si.edges
		if n == 0 {
			continue
		}
		curEdges, canonEdges := edges[curNode.start:curNode.start+n], edges[canonNode.start:canonNode.start+n]
		mark := len(stack)
		if si.bits&infoArray != 0 {
			from = noPath
		}
		for i := len(curEdges) - 1; i >= 0; i-- {
			a, b := curEdges[i], canonEdges[i]
			// The usual case: a type of the unit that was merged before.
			if a == b || nodes[a].canon == b && b != 0 {
				continue
			}
			ra, rb := a, b
			for r := nodes[ra].canon; r != 0 && r != ra; r = nodes[ra].canon {
				ra = r
			}
			for r := nodes[rb].canon; r != 0 && r != rb; r = nodes[rb].canon {
				rb = r
			}
			if ra == rb {
				continue
			}
			if rb != b && info[nodes[b].shape].kind == btf.KindFwd && info[nodes[rb].shape].kind != btf.KindFwd {
				g.over.crossed = g.over.crossed || b < g.own != (rb < g.own)
				b, from = g.walkFrom(rb), noPath
			}
			na, nb := &nodes[a], &nodes[b]
			if na.shape == 0 || nb.shape == 0 { // void, or a type of the base
				g.loadBoth(a, b)
				info = g.info
			}
			if info[na.shape].class == classEnum {
				switch g.matchEnums(a, b) {
				case enumSame:
					continue
				case enumDoubt:
					if ok, err := g.decideEnums(a, b); !ok || err != nil {
						return false, err
					}
					continue
				}
			}
			if na.shape != nb.shape && info[na.shape].plain && info[nb.shape].plain || a == 0 || b == 0 || cmp.failed.has(a, b) || g.apart(a, b) {
				g.noteFailure(a, b, from, steps)
				return false, nil
			}
			if nb.hypot == a {
				continue
			}
			stack = append(stack, visit{a, b, from})
		}
		if si.bits&infoArray != 0 && len(stack) == mark+2 { // the index type is compared first
			stack[mark], stack[mark+1] = stack[mark+1], stack[mark]
		}
	}
	if g.over.metFwd {
		err := g.decideBaseFwd(canon)
		return err == nil, err
	}
	return true, nil
}

// compatible compares two nodes that are not of one comparable shape. Such
// nodes are leaves: what they refer to is not looked at.
func (g *graph) compatible(cur, canon uint32) (bool, error) {
	a, b := &g.info[g.nodes[cur].shape], &g.info[g.nodes[canon].shape]
	if a.name != b.name {
		return false, nil
	}
	if a.kind != b.kind {
		switch btf.KindFwd {
		case a.kind:
			return a.fwdFits(b.kind), nil
		case b.kind:
			ok := b.fwdFits(a.kind)
			if ok && canon < g.own {
				g.meetBaseFwd(canon)
			}
			return ok, nil
		}
		return false, nil
	}
	if a.bits&infoOpaque != 0 {
		if kinds[a.kind].equiv == different {
			return false, nil
		}
		return false, &TypeError{ID: cur, Kind: a.kind, Err: ErrOpaque}
	}
	// Two enums of one name and kind match if one of them is a mere forward
	// declaration; of all others the shapes would have to be equal.
	return a.class == classEnum && (a.bits|b.bits)&infoEmpty != 0, nil
}

// unbind forgets the bindings of a comparison.
func (g *graph) unbind() {
	for _, b := range g.cmp.bound {
		g.nodes[b.canon].hypot = 0
	}
	g.cmp.bound = g.cmp.bound[:0]
	g.unit.assumed = g.unit.assumed[:g.cmp.ident.mark]
}

// adopt makes lasting what an accepted comparison has found out (libbpf:
// btf_dedup_merge_hypot_map): FWDs of either side stand for the struct that the
// other side has there, and structs of the unit whose counterpart has a canon
// get that canon without a comparison of their own.
//
// Each binding is judged by the canonical types at that moment, so earlier ones count.
func (g *graph) adopt() {
	for _, b := range g.cmp.bound {
		c := g.nodes[b.canon].hypot
		class := g.info[g.nodes[c].shape].class
		if class == classRef {
			continue // neither rule applies
		}
		if !g.opts.deferred && !g.cmp.adjust {
			g.unit.assumed = append(g.unit.assumed, assumption{pair{c, b.canon}, false})
		}
		c, r := g.resolve(c), g.resolve(b.canon)
		if c == r {
			continue
		}
		cInfo, rInfo := &g.info[g.nodes[c].shape], &g.info[g.nodes[r].shape]
		cFwd, rFwd := cInfo.class == classFwd, rInfo.class == classFwd
		if !cFwd && rFwd {
			g.setCanon(r, c)
		}
		if g.cmp.adjust {
			continue
		}
		if cFwd && !rFwd {
			g.setCanon(c, r)
		}
		if class == classFwd && !cFwd && !rFwd {
			g.cmp.failed.taint(cInfo.name)
		}
		if cInfo.class == classStruct && !rFwd && g.nodes[r].canon != 0 && g.nodes[c].canon == 0 {
			g.setCanon(c, r)
		}
	}
	if !g.cmp.adjust {
		g.cmp.ident.mark = len(g.unit.assumed)
	}
}
