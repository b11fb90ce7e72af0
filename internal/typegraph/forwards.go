package typegraph

// resolveForwards lets each FWD that nothing was found for stand for the struct
// or union of its name, if there is exactly one in the base and the graph
// (libbpf: btf_dedup_resolve_fwds). A struct and a union of one name are two.
func (g *graph) resolveForwards() {
	var fwds []uint32
	for id := g.own; id < uint32(len(g.nodes)); id++ {
		if n := &g.nodes[id]; n.canon == id && g.info[n.shape].class == classFwd {
			fwds = append(fwds, id)
		}
	}
	if len(fwds) == 0 {
		return
	}
	const ambiguous = 0
	byName := make(map[uint32]uint32, len(fwds))
	wanted := make(map[uint32]bool, len(fwds))
	for _, id := range fwds {
		wanted[g.info[g.nodes[id].shape].name] = true
	}
	meet := func(name, id uint32) {
		if _, found := byName[name]; found {
			id = ambiguous
		}
		byName[name] = id
	}
	if g.opts.base != nil {
		var ids []uint32
		for name := range wanted {
			ids = g.opts.base.structsNamed(ids[:0], name)
			for _, id := range ids {
				meet(name, id)
			}
		}
	}
	for id := g.own; id < uint32(len(g.nodes)); id++ {
		n := &g.nodes[id]
		if info := &g.info[n.shape]; info.class == classStruct && n.canon == id && wanted[info.name] {
			meet(info.name, id)
		}
	}
	for _, id := range fwds {
		fwd := &g.info[g.nodes[id].shape]
		real := byName[fwd.name]
		if real == ambiguous {
			continue
		}
		g.loadBoth(real, 0)
		if fwd.fwdFits(g.kindOf(real)) {
			g.nodes[id].canon = real
		}
	}
}
