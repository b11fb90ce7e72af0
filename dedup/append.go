package dedup

import (
	"fmt"
	"slices"
)

// appendUnit copies a unit behind the graph, with its local numbers turned into
// IDs, and runs the pass over primitive types on it, which needs no references.
func (g *Graph) appendUnit(u *Unit) error {
	g.unit.begin(g)
	first, err := g.appendNodes(u)
	if err != nil {
		return err
	}
	g.stats.Types += len(u.Shapes)
	merged := !g.opts.Raw
	var structs, refs []uint32
	if merged {
		g.known.begin(len(u.Shapes), first)
		structs, refs = grow(g, g.structs[:0], 0, len(u.Shapes)), grow(g, g.refTypes[:0], 0, len(u.Shapes))
	}
	nodes, info := g.nodes, g.info
	for id := first; id < uint32(len(nodes)); id++ {
		switch info[nodes[id].shape].class {
		case classPrim, classFwd:
			err = g.mergePrim(id)
		case classEnum:
			err = g.mergeEnum(id)
		case classStruct, classTypedef:
			if merged {
				structs = append(structs, id)
			} else {
				g.waiting.structs++
			}
			continue
		case classRef:
			if merged {
				refs = append(refs, id)
			} else {
				g.waiting.refs++
			}
			continue
		case classDistinct:
			nodes[id].rep = id
		}
		if err != nil {
			return err
		}
		if merged {
			g.known.settle(id-first, g.resolve(id), first)
		}
	}
	if merged {
		g.structs, g.refTypes = structs, refs
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
func (g *Graph) appendNodes(u *Unit) (uint32, error) {
	first, edgeBase := uint32(len(g.nodes)), uint32(len(g.edges))
	count := uint32(len(u.Shapes))
	switch {
	case len(u.Start) != len(u.Shapes)+1:
		return 0, fmt.Errorf("unit of %d types has %d edge starts", len(u.Shapes), len(u.Start))
	case u.Start[0] != 0 || uint64(u.Start[count]) != uint64(len(u.Edges)):
		return 0, fmt.Errorf("unit of %d edges starts at %d and ends at %d", len(u.Edges), u.Start[0], u.Start[count])
	}
	if err := g.room(len(u.Shapes), len(u.Edges)); err != nil {
		return 0, err
	}
	earlier, err := g.appendEdges(u.Edges, first, count)
	if err != nil {
		return 0, err
	}
	structs := false
	g.nodes = grow(g, g.nodes, int(g.own), len(u.Shapes))[:first+count]
	nodes, starts, info := g.nodes[first:], u.Start, g.info
	for i, sh := range u.Shapes {
		if int(sh) >= len(info) {
			if err := g.describeShapes(); err != nil {
				return 0, err
			}
			if info = g.info; int(sh) >= len(info) {
				return 0, fmt.Errorf("type %d: unknown shape %d", i+1, sh)
			}
		}
		in := &info[sh]
		if in.class == classVoid && uint32(sh) < g.shapes.first && sh != 0 {
			if err := g.describeBase(sh); err != nil {
				return 0, fmt.Errorf("type %d: %w", i+1, err)
			}
		}
		start, end := starts[i], starts[i+1]
		if end < start || end-start != in.edges || in.class == classVoid {
			return 0, fmt.Errorf("type %d (%v): references %d to %d, want %d of them", i+1, in.kind, start, end, in.edges)
		}
		structs = structs || in.class == classStruct || in.class == classTypedef
		nodes[i] = node{shape: sh, start: edgeBase + start}
	}
	if earlier && structs && !g.opts.Raw {
		return first, g.needRaw(GuardEarlier)
	}
	return first, nil
}

// appendEdges copies the references of a unit of count types, whose first ID is
// first. earlier says that some lead to types of the graph other than primitive
// ones.
func (g *Graph) appendEdges(from []uint32, first, count uint32) (earlier bool, err error) {
	old := len(g.edges)
	g.edges = grow(g, g.edges, g.start.edges, len(from))[:old+len(from)]
	edges := g.edges[old:]
	for i, e := range from {
		if e-1 < count {
			edges[i] = e + (first - 1)
			continue
		}
		switch {
		case e == 0:
		case e&Earlier == 0:
			return false, fmt.Errorf("reference to type %d of a unit of %d types", e, count)
		default:
			e &^= Earlier
			if e >= first {
				return false, fmt.Errorf("reference to earlier type %d, the graph ends at %d", e, first)
			}
			if c := g.info[g.nodes[e].shape].class; !g.opts.Raw && c != classPrim && c != classVoid {
				earlier = true
			}
		}
		edges[i] = e
	}
	return earlier, nil
}

// room makes sure that IDs are left for more types and references.
func (g *Graph) room(types, edges int) error {
	switch {
	case uint64(types) >= maxIDs-uint64(len(g.nodes)):
		return fmt.Errorf("more than %d types", uint32(maxIDs))
	case uint64(edges) >= 1<<32-uint64(len(g.edges)):
		return fmt.Errorf("more than 2^32 references")
	}
	return nil
}
