package funcs

import "github.com/gopahole/gopahole/btf"

// testGraph is a graph of nodes made by the methods below, each of which
// returns the new node's ID. Names are indexes into names.
type testGraph struct {
	words, edges [][]uint32
	names        []string
}

func newGraph() *testGraph {
	return &testGraph{words: [][]uint32{nil}, edges: [][]uint32{nil}, names: []string{""}}
}

func (g *testGraph) Node(id uint32) (words, edges []uint32) { return g.words[id], g.edges[id] }

func (g *testGraph) name(s string) uint32 {
	for i, n := range g.names {
		if n == s {
			return uint32(i)
		}
	}
	g.names = append(g.names, s)
	return uint32(len(g.names) - 1)
}

func (g *testGraph) nameOf(id uint32) string { return g.names[id] }

func (g *testGraph) add(words, edges []uint32) uint32 {
	g.words = append(g.words, words)
	g.edges = append(g.edges, edges)
	return uint32(len(g.words) - 1)
}

// sized makes a node without edges: INT, STRUCT and so on; tail is what stands
// after the size.
func (g *testGraph) sized(k btf.Kind, name string, size uint32, tail ...uint32) uint32 {
	return g.add(append([]uint32{g.name(name), btf.Info(k, 0, false), size}, tail...), nil)
}

func (g *testGraph) integer(name string, size uint32) uint32 {
	return g.sized(btf.KindInt, name, size, btf.IntWord(btf.EncodingSigned, 0, uint8(8*size)))
}

func (g *testGraph) ref(k btf.Kind, target uint32) uint32 {
	return g.add([]uint32{0, btf.Info(k, 0, false), 0}, []uint32{target})
}

func (g *testGraph) typedef(name string, target uint32) uint32 {
	return g.add([]uint32{g.name(name), btf.Info(btf.KindTypedef, 0, false), 0}, []uint32{target})
}

func (g *testGraph) fwd(name string, union bool) uint32 {
	return g.add([]uint32{g.name(name), btf.Info(btf.KindFwd, 0, union), 0}, nil)
}

func (g *testGraph) array(elem, n uint32) uint32 {
	return g.add([]uint32{0, btf.Info(btf.KindArray, 0, false), 0, n}, []uint32{elem, 0})
}

func (g *testGraph) proto(ret uint32, params ...uint32) uint32 {
	words := append([]uint32{0, btf.Info(btf.KindFuncProto, len(params), false), 0}, make([]uint32, len(params))...)
	return g.add(words, append([]uint32{ret}, params...))
}
