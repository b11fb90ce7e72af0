package typegraph

import (
	"context"
	"fmt"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// Functions of a base are found by the graph that asks first, which has only its own names
// indexed, by others, and by the first one after it was reset.
func TestFuncsOfBase(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	i := b.AddInt("int", 4, btf.EncodingSigned)
	protos := []btf.ID{b.AddFuncProto(i), b.AddFuncProto(0)}
	const n = 100
	for k := range n {
		b.AddFunc(fmt.Sprint("f", k/2), btf.LinkageStatic, protos[k%2]) // two of each name
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	base, err := NewBase(types)
	if err != nil {
		t.Fatal(err)
	}
	first := uint32(protos[1]) + 1
	check := func(g *Split, funcs ...uint32) {
		t.Helper()
		u := &Unit{Start: []uint32{0}}
		for _, k := range funcs {
			words, edges := SplitRecord(nil, nil, types.Record(btf.ID(first+k)))
			u.Shapes, u.Edges = append(u.Shapes, g.Shapes().Intern(words)), append(u.Edges, InGraph(edges[0]))
			u.Start = append(u.Start, uint32(len(u.Edges)))
		}
		if err := g.Add(u); err != nil {
			t.Fatal(err)
		}
		res, err := g.Finish(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for at, k := range funcs {
			if res.Final[at] != first+k {
				t.Errorf("function %d became [%d], want [%d]", k, res.Final[at], first+k)
			}
		}
		g.Reset()
	}
	one, two := NewSplit(base, SplitOptions{}), NewSplit(base, SplitOptions{})
	check(one, 3, 50, 51)
	if one.base.funcs != nil {
		t.Error("a graph that was reset has an index of its functions")
	}
	check(two, 3, 52, 99)
	check(one, 0, 98, 97)
}
