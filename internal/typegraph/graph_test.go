package typegraph

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// TestGraphIDs follows types through two units.
func TestGraphIDs(t *testing.T) {
	shapes := NewShapes()
	for _, raw := range []bool{false, true} {
		g := newGraph(shapes, options{deferred: raw})
		var b unitgen.Unit
		b.Add(unitgen.StructWords(1, 1), 2)
		b.Add(unitgen.PtrWords(), 3)
		b.Add(unitgen.FwdWords(2))
		b.Add(unitgen.PtrWords(), 3)
		if err := g.Add(unitOf(b, shapes)); err != nil {
			t.Fatal(err)
		}
		if got, want := g.IDs(), []uint32{0, 1, 2, 3, 2}; !raw && !slices.Equal(got, want) {
			t.Errorf("IDs %v, want %v", got, want)
		}
		ptr := g.IDs()[2]
		b = unitgen.Unit{}
		b.Add(unitgen.StructWords(2, 1), 2)
		b.Add(unitgen.PtrWords(), 3)
		b.Add(unitgen.StructWords(1, 1), 4)
		b.Add(unitgen.PtrWords(), 1)
		b.Add(unitgen.IntWords(3))
		if err := g.Add(unitOf(b, shapes)); err != nil {
			t.Fatal(err)
		}
		ids := slices.Clone(g.IDs())
		if !raw {
			// The FWD is bound by the comparison of struct 1.
			if _, edges := g.Node(ptr); g.resolve(edges[0]) != ids[1] {
				t.Errorf("the pointer leads to %d, want %d", g.resolve(edges[0]), ids[1])
			}
			if ids[3] != 1 {
				t.Errorf("struct 1 is %d", ids[3])
			}
		}
		// A last unit refers to what is there.
		b = unitgen.Unit{}
		b.Add(unitgen.Head(0, btf.KindFuncProto, 0, false, 0), uint32(InGraph(ids[4])))
		b.Add(unitgen.Head(9, btf.KindFunc, 0, false, 0), 1)
		if err := g.Add(unitOf(b, shapes)); err != nil {
			t.Fatal(err)
		}
		proto := g.IDs()[1]
		res, err := g.Finish(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if res.First != 1 || res.NumIDs() != 8 {
			t.Errorf("IDs from %d to %d, want 1 to 8", res.First, res.NumIDs())
		}
		if _, edges := res.Type(res.Final[proto-1]); !slices.Equal(edges, []uint32{res.Final[ptr-1]}) {
			t.Errorf("the prototype returns %v, want the pointer %d", edges, res.Final[ptr-1])
		}
		if err := g.Add(unitOf(b, shapes)); err == nil {
			t.Error("a finished graph takes a unit")
		}
		if _, err := g.Finish(context.Background()); err == nil {
			t.Error("a finished graph finishes again")
		}
	}
}

func TestBadUnits(t *testing.T) {
	shapes := NewShapes()
	ptr := shapes.Intern(unitgen.PtrWords())
	num := shapes.Intern(unitgen.IntWords(1))
	for _, c := range []struct {
		name string
		unit Unit
	}{
		{"no starts", Unit{Shapes: []Shape{num}}},
		{"starts do not begin at 0", Unit{Shapes: []Shape{num}, Start: []uint32{1, 1}, Edges: []Ref{0}}},
		{"starts do not end at the end", Unit{Shapes: []Shape{num}, Start: []uint32{0, 0}, Edges: []Ref{0}}},
		{"too few edges", Unit{Shapes: []Shape{ptr}, Start: []uint32{0, 0}}},
		{"too many edges", Unit{Shapes: []Shape{num}, Start: []uint32{0, 1}, Edges: []Ref{0}}},
		{"starts go back", Unit{Shapes: []Shape{ptr, num}, Start: []uint32{0, 2, 1}, Edges: []Ref{0}}},
		{"edge past the end", Unit{Shapes: []Shape{ptr}, Start: []uint32{0, 1}, Edges: []Ref{2}}},
		{"edge past the end of the graph", Unit{Shapes: []Shape{ptr}, Start: []uint32{0, 1}, Edges: []Ref{InGraph(1)}}},
		{"void", Unit{Shapes: []Shape{0}, Start: []uint32{0, 0}}},
		{"unknown shape", Unit{Shapes: []Shape{99}, Start: []uint32{0, 0}}},
	} {
		for _, raw := range []bool{false, true} {
			g := newGraph(shapes, options{deferred: raw})
			if err := g.Add(&c.unit); err == nil || reasonOf(err) != ReasonNone {
				t.Errorf("%s: error %v", c.name, err)
			}
		}
	}
	for _, c := range []struct {
		name  string
		words []uint32
	}{
		{"short", []uint32{1, btf.Info(btf.KindFwd, 0, false)}},
		{"wrong length", unitgen.Head(1, btf.KindStruct, 2, false, 8, 1, 0)},
		{"kind 40", unitgen.Head(1, 40, 0, false, 8)},
		{"kind void", unitgen.Head(1, 0, 0, false, 8)},
	} {
		shapes := NewShapes()
		u := Unit{Shapes: []Shape{shapes.Intern(c.words)}, Start: []uint32{0, 0}}
		if err := newGraph(shapes, options{}).Add(&u); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}

// TestEmpty finishes a graph without types.
func TestEmpty(t *testing.T) {
	for _, raw := range []bool{false, true} {
		res, err := run(NewShapes(), options{deferred: raw}, []*Unit{{Start: []uint32{0}}})
		if err != nil || res.NumIDs() != 1 {
			t.Errorf("%v, %v", res, err)
		}
	}
}

// TestCandidateOrder follows the doublings of libbpf's table (libbpf:
// hashmap_needs_to_grow): before entries 1, 4, 7, 13, 25 and 49.
func TestCandidateOrder(t *testing.T) {
	full := func(value uint32) []uint32 { return unitgen.Head(50, btf.KindEnum, 1, false, 4, 60, value) }
	for others := range 60 {
		shapes := NewShapes()
		var b unitgen.Unit
		b.Add(full(1))
		b.Add(full(2))
		for i := range others {
			b.Add(unitgen.IntWords(uint32(1 + i)))
		}
		b.Add(unitgen.Head(50, btf.KindEnum, 0, false, 4))
		b.Add(unitgen.PtrWords(), b.Len())
		res, err := run(shapes, options{deferred: true}, []*Unit{unitOf(b, shapes)})
		if err != nil {
			t.Fatal(err)
		}
		doublings := 0
		for _, entry := range []int{4, 7, 13, 25, 49} {
			if others+2 >= entry {
				doublings++
			}
		}
		want := uint32(2) // the newest is in front
		if doublings%2 == 1 {
			want = 1
		}
		if _, edges := res.Type(res.NumIDs() - 1); edges[0] != want {
			t.Errorf("after %d other types: definition %d, want %d", others, edges[0], want)
		}
	}
}

// TestLoop has a loop of pointers, which has no order.
func TestLoop(t *testing.T) {
	for _, raw := range []bool{false, true} {
		shapes := NewShapes()
		var b unitgen.Unit
		b.Add(unitgen.PtrWords(), 2)
		b.Add(unitgen.PtrWords(), 1)
		_, err := run(shapes, options{deferred: raw}, []*Unit{unitOf(b, shapes)})
		if te := (*TypeError)(nil); !errors.Is(err, ErrLoop) || !errors.As(err, &te) || te.Kind != btf.KindPtr {
			t.Errorf("raw %v: error %v", raw, err)
		}
	}
}

// TestOpaque has structs with a member that is a VAR.
func TestOpaque(t *testing.T) {
	for _, raw := range []bool{false, true} {
		shapes := NewShapes()
		var b unitgen.Unit
		for range 2 {
			n := b.Len()
			b.Add(unitgen.StructWords(1, 1), n+2)
			b.Add(unitgen.Head(2, btf.KindVar, 0, false, 0, 1), 0)
		}
		_, err := run(shapes, options{deferred: raw}, []*Unit{unitOf(b, shapes)})
		if !errors.Is(err, ErrOpaque) {
			t.Errorf("raw %v: error %v", raw, err)
		}
	}
}

// TestEndlessIdentity has what sends libbpf 1.6 to 1.8 into an endless loop: two
// copies of a typedef that reaches itself by pointers only, in one unit, where
// another unit has it once. They count as identical here.
func TestEndlessIdentity(t *testing.T) {
	for _, raw := range []bool{false, true} {
		shapes := NewShapes()
		typedef := unitgen.Head(5, btf.KindTypedef, 0, false, 0)
		var one, two unitgen.Unit
		one.Add(unitgen.StructWords(1, 2), 2, 2)
		one.Add(typedef, 3)
		one.Add(unitgen.PtrWords(), 2)
		two.Add(unitgen.StructWords(1, 2), 2, 4)
		two.Add(typedef, 3)
		two.Add(unitgen.PtrWords(), 2)
		two.Add(typedef, 5)
		two.Add(unitgen.PtrWords(), 4)
		res, err := run(shapes, options{deferred: raw}, []*Unit{unitOf(one, shapes), unitOf(two, shapes)})
		switch {
		case !raw:
			if reasonOf(err) != ReasonIdentity {
				t.Errorf("incremental mode: %v", err)
			}
		case err != nil:
			t.Error(err)
		case res.NumIDs() != 4:
			t.Errorf("%d types, want 3", res.NumIDs()-1)
		}
	}
}

// TestManyIdentical has copies whose identity check would take 2^16 steps if
// nothing was remembered.
func TestManyIdentical(t *testing.T) {
	shapes := NewShapes()
	chain := func(b *unitgen.Unit, depth int) uint32 {
		id := b.Add(unitgen.IntWords(1))
		for range depth {
			id = b.Add(unitgen.StructWords(0, 8), slices.Repeat([]uint32{id}, 8)...)
		}
		return id
	}
	var one, two unitgen.Unit
	x := chain(&one, 15)
	one.Add(unitgen.StructWords(2, 2), x, x)
	x = chain(&two, 15)
	two.Add(unitgen.StructWords(2, 2), x, chain(&two, 15))
	for _, raw := range []bool{false, true} {
		res, err := run(shapes, options{deferred: raw}, []*Unit{unitOf(one, shapes), unitOf(two, shapes)})
		if err != nil {
			t.Fatalf("raw %v: %v", raw, err)
		}
		if res.NumIDs() != 18 {
			t.Errorf("raw %v: %d types, want 17", raw, res.NumIDs()-1)
		}
	}
}

// TestDeepChain has a chain of a hundred thousand pointers: no recursion may follow it.
func TestDeepChain(t *testing.T) {
	const n = 1 << 17
	shapes := NewShapes()
	for _, raw := range []bool{false, true} {
		var units []*Unit
		for range 2 {
			var b unitgen.Unit
			b.Add(unitgen.StructWords(1, 1), 2)
			for i := range uint32(n) {
				b.Add(unitgen.PtrWords(), (i+3)%(n+2))
			}
			units = append(units, unitOf(b, shapes))
		}
		res, err := run(shapes, options{deferred: raw}, units)
		if err != nil {
			t.Fatalf("raw %v: %v", raw, err)
		}
		if res.NumIDs() != n+2 {
			t.Errorf("raw %v: %d types, want %d", raw, res.NumIDs()-1, n+1)
		}
	}
}
