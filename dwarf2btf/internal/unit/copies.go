package unit

import (
	"sort"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// lastCopies redirects all references to an entry that was decoded twice to its last copy,
// also those within the first copy. Partial units are decoded where they are in the file
// and again where they are imported. pahole 1.32 looks references up when all units are
// there, and then finds the last copy. Equal types are merged in the end, but their order
// depends on which copy is referred to.
func (d *Decoder) lastCopies() {
	c := d.cu
	if len(d.s.importedUnits) == 0 {
		return
	}
	sorted := append([]target(nil), c.targets...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].off < sorted[j].off })
	var last [targetVar + 1][]uint32 // by kind, then by number; 0 for those that have no other copy
	last[targetType] = make([]uint32, len(c.Types.Shapes)+1)
	last[targetFunc] = make([]uint32, len(c.funcs)+1)
	last[targetParam] = make([]uint32, len(c.params)+1)
	last[targetVar] = make([]uint32, len(c.vars)+1)
	for i := len(sorted) - 2; i >= 0; i-- {
		t, next := sorted[i], sorted[i+1]
		if t.off != next.off || t.kind != next.kind || t.num >= firstSynonym || next.num >= firstSynonym {
			continue
		}
		to := last[t.kind]
		if to[t.num] = next.num; to[next.num] != 0 {
			to[t.num] = to[next.num]
		}
	}
	move := func(_ *die.Ref, num *uint32, kind targetKind) {
		if n := last[kind][*num]; n != 0 {
			*num = n
		}
	}
	for i, e := range c.Types.Edges {
		if n := last[targetType][e.Number()]; n != 0 {
			c.Types.Edges[i] = typegraph.Local(n)
		}
	}
	c.eachReference(move)
}
