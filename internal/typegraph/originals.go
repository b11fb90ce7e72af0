package typegraph

// Comparisons that start at a struct walk through what its unit's types led to. As a
// rule the canonical types lead to the same. If not (see ReasonBinding in
// equivalence.go), the unit cannot be forgotten: the graph keeps its types as they
// came, the originals, and such comparisons start there. That takes memory, but few
// units need it: those that met a FWD which is bound to one version of a struct and
// accepted it against another.
//
// Originals have the type that stands for them as canonical type, are never candidates
// themselves, and are not part of the result.

// originals finds the original of a candidate, by its ID.
type originals map[uint32]uint32

// walkFrom returns the node at which a comparison with a struct starts.
func (g *graph) walkFrom(id uint32) uint32 {
	if g.originals != nil {
		if s := g.originals[id]; s != 0 {
			return s
		}
	}
	return id
}

// savedUnit is the types of a unit before reference types are merged.
type savedUnit struct {
	nodes      []node
	edges      []uint32
	base       uint32
	edgeBase   uint32
	candidates []uint32
}

// saveUnit keeps what keepOriginal needs.
func (g *graph) saveUnit() {
	u, r := &g.unit, &g.saved
	r.base, r.edgeBase = u.base, u.edgeBase
	r.nodes = append(r.nodes[:0], g.nodes[u.base:]...)
	r.edges = append(r.edges[:0], g.edges[u.edgeBase:]...)
	r.candidates = append(r.candidates[:0], g.order.inserted[u.firstStruct:]...)
}

// keepOriginal appends the saved unit to the graph, which was compacted.
func (g *graph) keepOriginal() error {
	r := &g.saved
	if len(r.candidates) == 0 {
		return nil // no comparison will start in the unit
	}
	if err := g.checkSpace(len(r.nodes), len(r.edges)); err != nil {
		return err
	}
	first, edgeBase := uint32(len(g.nodes)), uint32(len(g.edges))
	for i, n := range r.nodes {
		g.nodes = append(g.nodes, node{shape: n.shape, start: n.start - r.edgeBase + edgeBase, canon: g.ids[i+1]})
	}
	for _, e := range r.edges {
		if e >= r.base {
			e += first - r.base
		}
		g.edges = append(g.edges, e)
	}
	if g.originals == nil {
		g.originals = make(originals)
	}
	for _, id := range r.candidates {
		g.originals[g.ids[id-r.base+1]] = id - r.base + first
	}
	return nil
}

// faithful reports whether structs, unions and typedefs of the unit refer to the
// same classes as the types that stand for them.
func (g *graph) faithful() bool {
	for _, id := range g.structs {
		canon := g.resolve(id)
		if canon == id {
			continue
		}
		n, r := &g.nodes[id], &g.nodes[canon]
		if n.shape != r.shape {
			return false
		}
		other := g.edgesOf(r)
		for i, e := range g.edgesOf(n) {
			work := maxClassWork
			if !g.sameClass(e, other[i], &work) {
				return false
			}
		}
	}
	return true
}

// maxClassWork bounds sameClass, in pairs. Having to say no keeps a unit that
// could have been forgotten.
const maxClassWork = 1 << 10

// sameClass reports whether two types are of one class, or reference types of
// equal content that lead to the same classes: those stay apart until the end if
// a FWD was bound in between.
func (g *graph) sameClass(a, b uint32, work *int) bool {
	a, b = g.resolve(a), g.resolve(b)
	if a == b {
		return true
	}
	na, nb := &g.nodes[a], &g.nodes[b]
	if *work--; *work < 0 || na.shape != nb.shape || g.info[na.shape].class != classRef {
		return false
	}
	other := g.edgesOf(nb)
	for i, e := range g.edgesOf(na) {
		if !g.sameClass(e, other[i], work) {
			return false
		}
	}
	return true
}
