package typegraph

import "github.com/gopahole/gopahole/btf"

// mergePrimitive decides on an INT, FLOAT or FWD: the first type of equal content
// stands for it (libbpf: btf_dedup_prim_type).
func (g *graph) mergePrimitive(id uint32) error {
	n := &g.nodes[id]
	if f := g.table.first[n.shape]; f != 0 {
		if f&manyBit != 0 { // a base can hold a type twice
			if err := g.needsOrder(); err != nil {
				return err
			}
			ids := g.table.list(&g.table.chains[f&^manyBit])
			f = ids[len(ids)-1]
		}
		n.canon = f
		return nil
	}
	if info := &g.info[n.shape]; info.kind == btf.KindFwd && info.name == 0 {
		if !g.opts.deferred {
			if err := g.needDeferred(ReasonAnonFwd); err != nil {
				return err
			}
		}
		if !g.table.anonFwd {
			g.table.anonFwd = true
			g.table.unsplit()
		}
	}
	n.canon = id
	g.insert(id)
	return nil
}
