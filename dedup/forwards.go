package dedup

import "github.com/gopahole/gopahole/btf"

// resolveForwards lets each FWD that nothing was found for stand for the struct
// or union of its name, if there is exactly one in the base and the graph
// (libbpf: btf_dedup_resolve_fwds). A struct and a union of one name are two.
func (g *Graph) resolveForwards() {
	var fwds []uint32
	for id := g.own; id < uint32(len(g.nodes)); id++ {
		if n := &g.nodes[id]; n.rep == id && g.info[n.shape].class == classFwd {
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
	for id := uint32(1); id < uint32(len(g.nodes)); id++ {
		n := &g.nodes[id]
		info := &g.info[n.shape]
		if info.class != classStruct || n.rep != id || !wanted[info.name] {
			continue
		}
		if _, found := byName[info.name]; found {
			byName[info.name] = ambiguous
		} else {
			byName[info.name] = id
		}
	}
	for _, id := range fwds {
		fwd := &g.info[g.nodes[id].shape]
		if real := byName[fwd.name]; real != ambiguous && fwd.fwdFits(g.kindOf(real)) {
			g.nodes[id].rep = real
		}
	}
}

func (g *Graph) kindOf(id uint32) btf.Kind { return g.info[g.nodes[id].shape].kind }
