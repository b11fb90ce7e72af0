package typegraph

import (
	"slices"

	"github.com/gopahole/gopahole/internal/memory"
)

// minProgress is the share of the input from which on an estimate of the rest is
// of use.
const minProgress = 1.0 / 64

// Progress is described in Graph. In deferred mode, where every type stays to the end,
// memory for what is still to come is taken in one step rather than in many. While a
// table grows, both the old and the new one take memory.
func (g *graph) Progress(part float64) { g.progress = part }

// grow returns s with capacity for n more elements. base is the number of those that
// were there before the first unit.
func grow[E any](g *graph, s []E, base, n int) []E {
	need := len(s) + n
	if need <= cap(s) || !g.opts.deferred || g.progress < minProgress || g.progress > 1 {
		return slices.Grow(s, n)
	}
	all := base + int(float64(len(s)-base)/g.progress)
	all += all / 16 // the units that are left are not all like these
	return slices.Grow(s, max(n, all-len(s)))
}

// reserve takes memory for the types of the units of a result of n types. In kernels, a third of
// the types are theirs, 0.30 to 0.35: the others belong to functions, and stand elsewhere (see
// lastTypes). They have two and a half references on average, every second one is a reference
// type, and two of five have a shape that no other type has. Tables that are larger than needed
// are touched all the same, as the memory is used for the second time and has to be cleared, and
// entries that lie apart fill the caches.
func (g *graph) reserve(n int) {
	types := n * 3 / 8
	g.nodes = memory.Make[node](1, types+types/2) // those of the unit come on top
	g.edges = memory.Make[uint32](0, 3*types+types/2)
	g.info = memory.Make[shapeInfo](1, types/2)
	g.table.first = memory.Make[uint32](1, types/2)
	g.created = memory.Make[uint32](0, types*2/3)
	g.refs.recent = memory.Make[uint64](0, 2*types)
	g.recogniser.owner = memory.Make[uint64](0, types)
}
