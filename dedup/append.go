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
	ids := g.ids[:1]
	if !g.opts.Raw {
		g.structs, g.refTypes = g.structs[:0], g.refTypes[:0]
	}
	for id := first; id < uint32(len(g.nodes)); id++ {
		ids = append(ids, id)
		n := &g.nodes[id]
		switch g.info[n.shape].class {
		case classPrim, classFwd:
			err = g.mergePrim(id)
		case classEnum:
			err = g.mergeEnum(id)
		case classStruct, classTypedef:
			g.structs = append(g.structs, id)
		case classRef:
			g.refTypes = append(g.refTypes, id)
		case classDistinct:
			n.rep = id
		}
		if err != nil {
			return err
		}
	}
	g.ids = ids
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
	earlier := false
	g.edges = slices.Grow(g.edges, len(u.Edges))[:int(edgeBase)+len(u.Edges)]
	edges := g.edges[edgeBase:]
	for i, e := range u.Edges {
		switch {
		case e == 0:
		case e <= count:
			e += first - 1
		case e&Earlier == 0:
			return 0, fmt.Errorf("reference to type %d of a unit of %d types", e, count)
		default:
			e &^= Earlier
			if e >= first {
				return 0, fmt.Errorf("reference to earlier type %d, the graph ends at %d", e, first)
			}
			if c := g.info[g.nodes[e].shape].class; c != classPrim && c != classVoid {
				earlier = true
			}
		}
		edges[i] = e
	}
	structs := false
	g.nodes = slices.Grow(g.nodes, len(u.Shapes))
	for i, sh := range u.Shapes {
		if int(sh) >= len(g.info) {
			if err := g.describeShapes(); err != nil {
				return 0, err
			}
			if int(sh) >= len(g.info) {
				return 0, fmt.Errorf("type %d: unknown shape %d", i+1, sh)
			}
		}
		info := &g.info[sh]
		if info.class == classVoid || uint64(u.Start[i+1]) != uint64(u.Start[i])+uint64(info.edges) {
			return 0, fmt.Errorf("type %d (%v): references %d to %d, want %d of them", i+1, info.kind, u.Start[i], u.Start[i+1], info.edges)
		}
		structs = structs || info.class == classStruct || info.class == classTypedef
		g.nodes = append(g.nodes, node{shape: sh, start: edgeBase + u.Start[i]})
	}
	if earlier && structs && !g.opts.Raw {
		return first, g.needRaw(GuardEarlier)
	}
	return first, nil
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

// addBase puts the types of a base in front, as candidates for everything that
// follows (libbpf: btf_dedup_prep).
func (g *Graph) addBase(u *Unit) error {
	if !g.opts.Raw {
		return fmt.Errorf("a base needs the raw mode")
	}
	if _, err := g.appendNodes(u); err != nil {
		return fmt.Errorf("base: %w", err)
	}
	g.own = uint32(len(g.nodes))
	for id := uint32(1); id < g.own; id++ {
		n := &g.nodes[id]
		n.rep = id
		info := &g.info[n.shape]
		switch info.class {
		case classFwd:
			g.table.anonFwd = g.table.anonFwd || info.name == 0
			g.cmp.failed.off = g.cmp.failed.off || g.table.first[n.shape] != 0
			g.insert(id)
		case classPrim, classStruct:
			g.insert(id)
		case classEnum:
			g.insertEnum(id)
		case classTypedef:
			if g.opts.Compat == LibBPF17 {
				g.table.count() // filed where no lookup finds it
			} else {
				g.insert(id)
			}
		case classRef:
			g.insertRef(id)
		}
	}
	return nil
}
