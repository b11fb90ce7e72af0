package typegraph

import "github.com/gopahole/gopahole/libbpf"

// Deferred is a graph that only merges primitive types and enums as units are added.
// Finish does the rest with all types at once, in the order in which libbpf does it.
type Deferred struct{ graph }

// NewDeferred returns an empty graph for types of these shapes, which merges as a libbpf does.
func NewDeferred(shapes *Shapes, compat libbpf.Version) *Deferred {
	g := new(Deferred)
	g.init(shapes, options{deferred: true, compat: compat})
	return g
}
