package dwarf2btf

import (
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/internal/workers"
)

// decodedCU is a CU and what is known of its types before it is added.
type decodedCU struct {
	cu    unit.CU
	found *typegraph.Findings // nil if nobody has looked
}

// A scout looks for the types of CUs among those that were added, while others are.
type scout struct {
	e     *encoder
	types *typegraph.Scout // nil: the graph has no use for one
}

// scoutingWorkers is the number of workers from which on there are scouts. Adding the types of
// a kernel in order takes a quarter of its time, so up to three workers do not wait for that,
// and looking for types twice would only cost them 6 %.
const scoutingWorkers = 4

// sendsScouts reports whether so many workers have scouts.
func sendsScouts(jobs int) bool { return workers.New(jobs, nil).Jobs() >= scoutingWorkers }

func (e *encoder) newScout() scout {
	if g, ok := e.graph.(*typegraph.Incremental); ok && sendsScouts(e.opts.Jobs) {
		return scout{e, g.NewScout()}
	}
	return scout{e: e}
}

// look looks for the types of a CU. Before the index type of arrays is known, those of no CU
// are complete.
func (s scout) look(r *decodedCU) {
	index := typegraph.Ref(s.e.index.Load())
	if s.types == nil || index == typegraph.Void {
		r.found = nil
		return
	}
	for _, i := range r.cu.IndexEdges {
		r.cu.Types.Edges[i] = index
	}
	if r.found == nil {
		r.found = new(typegraph.Findings)
	}
	s.types.Find(&r.cu.Types, r.found)
}

// addTypes adds the types of a CU, of which some may be found.
func (e *encoder) addTypes(u *typegraph.Unit, found *typegraph.Findings) error {
	if found == nil {
		return e.graph.Add(u)
	}
	return e.graph.(*typegraph.Incremental).AddFound(u, found)
}

// addNames adds the names of types first to last of a CU to the string section. Those of types
// that were found are there.
func (e *encoder) addNames(c *unit.CU, found *typegraph.Findings, first, last int) {
	shapes := c.Types.Shapes
	if found != nil {
		if rest, some := found.Rest(); some {
			for _, i := range rest {
				if int(i) >= first && int(i) < last {
					e.addStrings(shapes[i : i+1])
				}
			}
			return
		}
	}
	e.addStrings(shapes[first:last])
}
