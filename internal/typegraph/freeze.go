package typegraph

// Frozen is the types that a graph had at some time. It may be read while more are
// added.
type Frozen struct {
	nodes []node
	edges []uint32
	info  []shapeInfo
}

// CanFreeze reports whether Freeze may be called: in raw mode types change their
// references later, and looking at those of a base changes the graph.
func (g *Graph) CanFreeze() bool { return !g.opts.Raw }

// Freeze returns the types of the graph. What comes later changes neither shapes nor
// references of types that are there: Add decides on the references of its own unit
// only, and puts what stays of that behind. Until Finish, that is.
func (g *Graph) Freeze() *Frozen {
	if !g.CanFreeze() {
		panic("dedup: Freeze in raw mode")
	}
	return &Frozen{g.nodes, g.edges, g.info}
}

// Node is [Graph.Node].
func (f *Frozen) Node(id uint32) (Shape, []uint32) {
	n := &f.nodes[id]
	return n.shape, f.edges[n.start:][:f.info[n.shape].edges]
}
