package typegraph

import "github.com/gopahole/gopahole/btf"

// refStep is a reference type whose references are being merged, and the next
// one to look at.
type refStep struct {
	id   uint32
	next uint32
}

// mergeRefs decides on the reference types that wait: pointers, qualifiers,
// arrays, prototypes, functions and tags (libbpf: btf_dedup_ref_types). A type
// is decided after what it refers to, and then by comparing shape and resolved
// references; the first of its kind to be decided stands for the others.
//
// A cycle of such types without a struct or typedef is an error.
func (g *graph) mergeRefs() error {
	g.growRecent()
	for _, id := range g.refTypes {
		n := &g.nodes[id]
		if n.canon != 0 {
			continue
		}
		if !g.opts.deferred {
			if g.recogniseRef(id, recogniseDepth) {
				continue
			}
		}
		if g.info[n.shape].edges == 1 {
			if n.canon = g.recentRef(n.shape, g.edges[n.start]); n.canon != 0 {
				continue
			}
		}
		if err := g.cancel.cancelled(); err != nil {
			return err
		}
		if err := g.mergeRef(id); err != nil {
			return err
		}
	}
	return nil
}

// growRecent makes room for the types of the graph, not for those of the unit,
// whose IDs do not last.
func (g *graph) growRecent() {
	if n := 2*int(g.unit.base) - len(g.refs.recent); n > 0 && !g.opts.deferred {
		g.refs.recent = append(g.refs.recent, make([]uint64, n)...)
	}
}

// recentSlot returns the index into recent for a reference to target.
func (g *graph) recentSlot(shape Shape, target uint32) uint64 {
	slot := 2 * uint64(target)
	if g.info[shape].kind == btf.KindPtr {
		slot++
	}
	return slot
}

// recentRef is a short cut for references to one type that were met before:
// most types of a unit are such. It returns 0 if it does not know.
func (g *graph) recentRef(shape Shape, target uint32) uint32 {
	if target != 0 {
		if canon := g.nodes[target].canon; canon == 0 || canon == inProgress {
			return 0
		}
		target = g.resolve(target)
	}
	slot := g.recentSlot(shape, target)
	if slot >= uint64(len(g.refs.recent)) {
		return 0
	}
	if r := g.refs.recent[slot]; Shape(r>>32) == shape {
		return uint32(r)
	}
	return 0
}

func (g *graph) mergeRef(id uint32) error {
	steps := append(g.steps[:0], refStep{id: id})
	g.nodes[id].canon = inProgress
walk:
	for len(steps) > 0 {
		step := &steps[len(steps)-1]
		n := &g.nodes[step.id]
		edges := g.edgesOf(n)
		for int(step.next) < len(edges) {
			e := edges[step.next]
			step.next++
			if e < g.own {
				continue
			}
			switch canon := g.nodes[e].canon; {
			case canon == inProgress:
				return &TypeError{ID: e, Kind: g.info[g.nodes[e].shape].kind, Err: ErrLoop}
			case canon == 0:
				g.nodes[e].canon = inProgress
				steps = append(steps, refStep{id: e})
				continue walk
			}
		}
		for i, e := range edges {
			edges[i] = g.resolve(e)
		}
		if canon := g.insertRef(step.id); canon != 0 {
			n.canon = canon
		} else {
			n.canon = step.id
		}
		steps = steps[:len(steps)-1]
	}
	g.steps = steps
	return nil
}
