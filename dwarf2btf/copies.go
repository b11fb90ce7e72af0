package dwarf2btf

import (
	"sort"

	"github.com/gopahole/gopahole/internal/typegraph"
)

// lastCopies makes all references to what was decoded twice lead to its last copy, also
// those within the first one. Partial units are decoded where they stand and where they
// are imported, and pahole 1.32 looks up all references when all units are there: then
// the last copy is found. Copies of a type become one, but which of them comes to stand
// where depends on it.
func (d *decoder) lastCopies() {
	c := d.cu
	if len(d.s.importedUnits) == 0 {
		return
	}
	things := append([]thing(nil), c.things...)
	sort.SliceStable(things, func(i, j int) bool { return things[i].off < things[j].off })
	var last [thingVar + 1][]uint32 // by kind, then by number; 0 for those that have no other copy
	last[thingType] = make([]uint32, len(c.unit.Shapes)+1)
	last[thingFunc] = make([]uint32, len(c.funcs)+1)
	last[thingParam] = make([]uint32, len(c.params)+1)
	last[thingVar] = make([]uint32, len(c.vars)+1)
	for i := len(things) - 2; i >= 0; i-- {
		t, next := things[i], things[i+1]
		if t.off != next.off || t.kind != next.kind || t.num >= firstSynonym || next.num >= firstSynonym {
			continue
		}
		to := last[t.kind]
		if to[t.num] = next.num; to[next.num] != 0 {
			to[t.num] = to[next.num]
		}
	}
	move := func(field *uint32, kind thingKind) {
		if n := last[kind][*field]; n != 0 {
			*field = n
		}
	}
	for i, e := range c.unit.Edges {
		if n := last[thingType][e.Number()]; n != 0 {
			c.unit.Edges[i] = typegraph.Local(n)
		}
	}
	c.eachReference(move)
}
