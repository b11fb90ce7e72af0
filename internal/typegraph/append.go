package typegraph

import (
	"fmt"
	"slices"
)

// appendUnit copies a unit to the end of the graph, with its local numbers turned into
// IDs, and runs the pass over primitive types on it, which needs no references.
func (g *graph) appendUnit(u *Unit) error {
	g.unit.begin(g)
	first, err := g.appendNodes(u)
	if err != nil {
		return err
	}
	g.stats.Types += len(u.Shapes)
	g.effort.types += len(u.Shapes)
	merged := !g.opts.deferred
	if merged {
		g.recogniser.begin(len(u.Shapes), first)
	}
	nodes, info := g.nodes, g.info
	for _, id := range g.sorted.list(queueNow) {
		switch info[nodes[id].shape].class {
		case classPrimitive, classFwd:
			err = g.mergePrimitive(id)
		case classEnum:
			err = g.mergeEnum(id)
		default: // classDistinct
			nodes[id].canon = id
		}
		if err != nil {
			return err
		}
		if merged {
			g.recogniser.settle(id-first, g.resolve(id), first)
		}
	}
	if merged {
		g.structs, g.refTypes = g.sorted.list(queueStructs), g.sorted.list(queueRefs)
	} else {
		g.waiting.structs += len(g.sorted.list(queueStructs))
		g.waiting.refs += len(g.sorted.list(queueRefs))
	}
	g.ids = slices.Grow(g.ids[:1], len(u.Shapes))[:1+len(u.Shapes)]
	if !merged { // else compact knows them
		for i := range g.ids[1:] {
			g.ids[1+i] = first + uint32(i)
		}
	}
	return nil
}

// appendNodes copies the nodes and edges of a unit and returns the first ID.
func (g *graph) appendNodes(u *Unit) (uint32, error) {
	first, edgeBase := uint32(len(g.nodes)), uint32(len(g.edges))
	count := uint32(len(u.Shapes))
	switch {
	case len(u.Start) != len(u.Shapes)+1:
		return 0, fmt.Errorf("unit of %d types has %d edge starts", len(u.Shapes), len(u.Start))
	case u.Start[0] != 0 || uint64(u.Start[count]) != uint64(len(u.Edges)):
		return 0, fmt.Errorf("unit of %d edges starts at %d and ends at %d", len(u.Edges), u.Start[0], u.Start[count])
	}
	if err := g.checkSpace(len(u.Shapes), len(u.Edges)); err != nil {
		return 0, err
	}
	earlier, err := g.appendEdges(u.Edges, first, count)
	if err != nil {
		return 0, err
	}
	g.nodes = grow(g, g.nodes, int(g.own), len(u.Shapes))[:first+count]
	g.sorted.reset(len(u.Shapes))
	for i := g.appendKnown(u, 0, first, edgeBase); i < len(u.Shapes); i = g.appendKnown(u, i, first, edgeBase) {
		sh := u.Shapes[i]
		if int(sh) < len(g.info) && g.info[sh].class != classVoid {
			in, start, end := &g.info[sh], u.Start[i], u.Start[i+1]
			return 0, fmt.Errorf("type %d (%v): references %d to %d, want %d of them", i+1, in.kind, start, end, in.edges)
		}
		if err := g.meetShape(sh); err != nil {
			return 0, fmt.Errorf("type %d: %w", i+1, err)
		}
	}
	if earlier && len(g.sorted.list(queueStructs)) > 0 && !g.opts.deferred && !g.unit.partial {
		return first, g.needDeferred(ReasonEarlier)
	}
	return first, nil
}

// appendKnown copies the nodes of a unit from the one with index i on, until the shape of
// one is not known yet or it has not the references of its shape. It returns the index of
// that one, or the number of types. It calls nothing, so that what the loop needs stays in
// registers, as it would not in its caller.
//
//go:noinline
func (g *graph) appendKnown(u *Unit, i int, first, edgeBase uint32) int {
	info, shapes := g.info, u.Shapes
	nodes, ends := g.nodes[first:][:len(shapes)], u.Start[1:][:len(shapes)]
	ids, next := g.sorted.ids, &g.sorted.next
	start := u.Start[i]
	for ; i < len(shapes); i++ {
		sh := shapes[i]
		if uint(sh) >= uint(len(info)) {
			break
		}
		in, end := &info[sh], ends[i]
		if end-start != in.edges || in.class == classVoid { // a shape has far fewer than 2^31
			break
		}
		nodes[i] = node{shape: sh, start: edgeBase + start}
		at := &next[queueOf[in.class]]
		ids[*at] = first + uint32(i)
		*at++
		start = end
	}
	return i
}

// meetShape gets to know a shape that no type has had so far.
func (g *graph) meetShape(sh Shape) error {
	if int(sh) >= len(g.info) {
		if err := g.describeShapes(); err != nil {
			return err
		}
		if int(sh) >= len(g.info) {
			return fmt.Errorf("unknown shape %d", sh)
		}
	}
	if g.info[sh].class != classVoid {
		return nil
	}
	if sh == 0 || uint32(sh) >= g.shapes.first {
		return fmt.Errorf("shape %d is void", sh)
	}
	return g.describeBase(sh)
}

// appendEdges copies the references of a unit of count types, whose first ID is
// first. earlier says that some lead to types of the graph other than primitive
// ones.
func (g *graph) appendEdges(from []Ref, first, count uint32) (earlier bool, err error) {
	old := len(g.edges)
	g.edges = grow(g, g.edges, g.start.edges, len(from))[:old+len(from)]
	edges := g.edges[old:][:len(from)]
	for i := copyLocal(edges, from, 0, first, count); i < len(from); i = copyLocal(edges, from, i+1, first, count) {
		id, compared, err := g.outside(from[i], first, count)
		if err != nil {
			return false, err
		}
		edges[i] = id
		earlier = earlier || compared
	}
	return earlier, nil
}

// copyLocal copies references from index i on, as IDs, as long as they lead to types of the
// unit, which are count from the ID first on. It returns the index of one that does not, or
// the number of references.
//
//go:noinline
func copyLocal(edges []uint32, from []Ref, i int, first, count uint32) int {
	edges = edges[:len(from)]
	for ; i < len(from); i++ {
		n := uint32(from[i]) - 1
		if n >= count {
			break
		}
		edges[i] = first + n
	}
	return i
}

// outside returns the ID for a reference that does not lead to a type of the unit.
// compared says that it leads to a type of the graph other than a primitive one.
func (g *graph) outside(r Ref, first, count uint32) (id uint32, compared bool, err error) {
	switch {
	case r == Void:
		return 0, false, nil
	case !r.IsInGraph():
		return 0, false, fmt.Errorf("reference to type %d of a unit of %d types", r.Number(), count)
	}
	if id = r.ID(); id >= first {
		return 0, false, fmt.Errorf("reference to earlier type %d, the graph ends at %d", id, first)
	}
	c := g.info[g.nodes[id].shape].class
	return id, !g.opts.deferred && c != classPrimitive && c != classVoid, nil
}

// checkSpace makes sure that IDs are left for more types and references.
func (g *graph) checkSpace(types, edges int) error {
	switch {
	case uint64(types) >= maxIDs-uint64(len(g.nodes)):
		return fmt.Errorf("more than %d types", uint32(maxIDs))
	case uint64(edges) >= 1<<32-uint64(len(g.edges)):
		return fmt.Errorf("more than 2^32 references")
	}
	return nil
}
