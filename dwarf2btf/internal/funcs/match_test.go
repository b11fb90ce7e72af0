package funcs

import (
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func TestMatch(t *testing.T) {
	g := newGraph()
	i32, i64, int2 := g.integer("int", 4), g.integer("long", 8), g.integer("int", 4)
	uint32_ := g.sized(btf.KindInt, "int", 4, btf.IntWord(0, 0, 32))
	myint := g.integer("my", 4)
	ptr := func(to uint32) uint32 { return g.ref(btf.KindPtr, to) }
	cst := func(to uint32) uint32 { return g.ref(btf.KindConst, to) }
	s1, s2, other := g.sized(btf.KindStruct, "s", 8), g.sized(btf.KindStruct, "s", 16), g.sized(btf.KindStruct, "o", 8)
	u := g.sized(btf.KindUnion, "s", 8)
	anon1, anon2 := g.sized(btf.KindStruct, "", 8), g.sized(btf.KindStruct, "", 4)
	fwdS, fwdU := g.fwd("s", false), g.fwd("s", true)
	e32, e64, e4 := g.sized(btf.KindEnum, "e", 4), g.sized(btf.KindEnum64, "e", 8), g.sized(btf.KindEnum, "e", 1)
	f8, f4, d8 := g.sized(btf.KindFloat, "f", 8), g.sized(btf.KindFloat, "f", 4), g.sized(btf.KindFloat, "d", 8)
	tag1, tag2 := g.ref(btf.KindTypeTag, i32), g.ref(btf.KindTypeTag, int2)
	g.words[tag1][0], g.words[tag2][0] = g.name("user"), g.name("rcu")
	fn := g.add([]uint32{g.name("f"), btf.Info(btf.KindFunc, 0, false), 0}, []uint32{g.proto(0)})
	fn2 := g.add([]uint32{g.name("f"), btf.Info(btf.KindFunc, 0, false), 0}, []uint32{g.proto(0)})
	for _, tc := range []struct {
		name string
		a, b uint32
		want bool
	}{
		{"the same type", s1, s1, true},
		{"void and void", 0, 0, true},
		{"void and int", 0, i32, false},
		{"pointers to void and int", ptr(0), ptr(i32), false},
		{"equal ints", i32, int2, true},
		{"ints of different size", i32, i64, false},
		{"ints of different sign", i32, uint32_, false},
		{"ints of different name", i32, myint, false},
		{"floats", f8, g.sized(btf.KindFloat, "f", 8), true},
		{"floats of different size", f8, f4, false},
		{"floats of different name", f8, d8, false},
		{"structs: the name counts", s1, s2, true},
		{"structs of different name", s1, other, false},
		{"anonymous structs", anon1, anon2, true},
		{"struct and union", s1, u, false},
		{"struct and its declaration", s1, fwdS, true},
		{"struct and the declaration of a union", s1, fwdU, false},
		{"union and its declaration", fwdU, u, true},
		{"declarations", fwdS, g.fwd("s", false), true},
		{"enums: the name counts", e32, e4, true},
		{"enum and enum64", e32, e64, false},
		{"typedefs: the name counts", g.typedef("t", i32), g.typedef("t", i64), true},
		{"typedefs of different name", g.typedef("t", i32), g.typedef("v", i32), false},
		{"a typedef and its target", g.typedef("t", i32), i32, false},
		{"const on one side", cst(i32), int2, true},
		{"const on the other", i32, cst(int2), true},
		{"const on both", cst(i32), cst(int2), true},
		{"const twice and once", cst(cst(i32)), cst(int2), true},
		{"pointer to const and not", ptr(cst(i32)), ptr(int2), true},
		{"const pointer and not", cst(ptr(i32)), ptr(int2), true},
		{"const on one side, another type", cst(i64), i32, false},
		{"const void and void", cst(0), 0, false},
		{"volatile is a difference", g.ref(btf.KindVolatile, i32), int2, false},
		{"volatile on both sides", g.ref(btf.KindVolatile, i32), g.ref(btf.KindVolatile, int2), true},
		{"restrict is a difference", g.ref(btf.KindRestrict, ptr(i32)), ptr(i32), false},
		{"type tags: the text does not count", tag1, tag2, true},
		{"type tag or none is a difference", ptr(tag1), ptr(i32), false},
		{"arrays", g.array(i32, 3), g.array(int2, 3), true},
		{"arrays of different length", g.array(i32, 3), g.array(i32, 4), false},
		{"arrays of different elements", g.array(i32, 3), g.array(i64, 3), false},
		{"function types", ptr(g.proto(0, i32, s1)), ptr(g.proto(0, int2, s2)), true},
		{"function types: const parameters", g.proto(0, i32), g.proto(0, cst(i32)), true},
		{"function types of different result", g.proto(0, i32), g.proto(i32, i32), false},
		{"function types of different parameters", g.proto(0, i32, i32), g.proto(0, i32, i64), false},
		{"function types of different number", g.proto(0, i32), g.proto(0), false},
		{"kinds no parameter can have", fn, fn2, false},
	} {
		for _, swap := range []bool{false, true} {
			a, b := tc.a, tc.b
			if swap {
				a, b = b, a
			}
			m := matcher{graph: g}
			if got := m.types(a, b); got != tc.want {
				t.Errorf("%s (swapped: %v): %v", tc.name, swap, got)
			}
		}
	}
}

// Cycles that C cannot have end as "not the same".
func TestMatchIsBounded(t *testing.T) {
	g := newGraph()
	cycle := func(n int, last btf.Kind) uint32 {
		first := g.ref(btf.KindPtr, 0)
		at := first
		for range n {
			next := g.ref(last, 0)
			g.edges[at][0] = next
			at = next
		}
		g.edges[at][0] = first
		return first
	}
	p1, p2 := cycle(1, btf.KindPtr), cycle(4, btf.KindPtr)
	c1 := g.ref(btf.KindConst, 0)
	g.edges[c1][0] = c1
	// A function type whose parameters are all the function type itself.
	self := func() uint32 {
		id := g.proto(0, 0, 0, 0)
		copy(g.edges[id], []uint32{id, id, id, id})
		return id
	}
	f1, f2 := self(), self()
	// Deep and wide: each level doubles the work.
	wide := func() uint32 {
		id := g.integer("int", 4)
		for range 40 {
			id = g.proto(0, id, id)
		}
		return id
	}
	for _, pair := range [][2]uint32{{p1, p2}, {c1, p1}, {c1, g.integer("int", 4)}, {f1, f2}, {wide(), wide()}} {
		m := matcher{graph: g}
		if m.types(pair[0], pair[1]) {
			t.Errorf("%v match", pair)
		}
		if m.steps > maxSteps+100 {
			t.Errorf("%v took %d steps", pair, m.steps)
		}
	}
}
