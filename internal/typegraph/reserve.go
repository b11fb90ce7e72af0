package typegraph

import (
	"slices"

	"github.com/gopahole/gopahole/internal/memory"
)

// minProgress is the share of the input from which on an estimate of the rest is
// of use.
const minProgress = 1.0 / 64

// Progress tells the graph which part of all units, from 0 to 1, has been added.
// It is a hint: in deferred mode, where every type stays to the end, room is made for
// what is still to come in one step rather than in many. Of a step, the old room
// and the new one take memory at the same time.
func (g *graph) Progress(part float64) { g.progress = part }

// grow returns s with room for n more elements. base is the number of those that
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

// reserve makes room for a result of n types. Of what a kernel has, a type has two
// references, four of five are reference types, and three of four have a content
// of their own.
func (g *graph) reserve(n int) {
	g.nodes = memory.Make[node](1, n+n/4) // those of the unit come on top
	g.edges = memory.Make[uint32](0, 2*n+n/4)
	g.info = memory.Make[shapeInfo](1, n)
	g.table.first = memory.Make[uint32](1, n)
	g.created = memory.Make[uint32](0, n)
	g.refs.recent = memory.Make[uint64](0, 2*n)
	g.recogniser.owner = memory.Make[uint64](0, n)
}
