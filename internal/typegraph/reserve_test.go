package typegraph

import "testing"

// TestGrow: with a known part of the input there is room for the rest at once, and
// without one there is room for what is asked for.
func TestGrow(t *testing.T) {
	for _, tt := range []struct {
		name            string
		raw             bool
		part            float64
		base, len, more int
		atLeast, atMost int // the new capacity
	}{
		{"not known", true, 0, 0, 1000, 10, 1010, 2100},
		{"too early", true, 0.01, 0, 1000, 10, 1010, 2100},
		{"a tenth", true, 0.1, 0, 1000, 10, 10000, 14000},
		{"a tenth, behind a base", true, 0.1, 900, 1000, 10, 1900, 2100},
		{"more than was expected", true, 0.9, 0, 1000, 5000, 6000, 6700},
		{"nonsense", true, 7, 0, 1000, 10, 1010, 2100},
		{"incremental mode", false, 0.1, 0, 1000, 10, 1010, 2100},
	} {
		g := &graph{opts: options{deferred: tt.raw}}
		g.Progress(tt.part)
		s := grow(g, make([]uint32, tt.len), tt.base, tt.more)
		if len(s) != tt.len || cap(s) < tt.atLeast || cap(s) > tt.atMost {
			t.Errorf("%s: %d of %d, want a capacity of %d to %d", tt.name, len(s), cap(s), tt.atLeast, tt.atMost)
		}
	}
	g := &graph{opts: options{deferred: true}}
	g.Progress(0.5)
	full := make([]uint32, 10, 20)
	if s := grow(g, full, 0, 10); cap(s) != 20 {
		t.Errorf("there was room, but the new capacity is %d", cap(s))
	}
}

// TestRoomOnBase: on top of a base there is room for an eighth as many types, or
// more if they are expected, and none of it is for reference types of the result.
func TestRoomOnBase(t *testing.T) {
	base := &Base{n: 5001, edges: 9000, shapes: NewShapes(), maxShapes: 5002}
	for _, tt := range []struct{ room, atLeast, atMost int }{{0, 5626, 7000}, {100, 5626, 7000}, {50000, 55001, 57000}} {
		g := newGraph(newShapesOver(base), options{deferred: true, base: base, expected: tt.room})
		if n := cap(g.nodes); len(g.nodes) != 5001 || n < tt.atLeast || n > tt.atMost {
			t.Errorf("room for %d: %d of %d nodes, want a capacity of %d to %d", tt.room, len(g.nodes), n, tt.atLeast, tt.atMost)
		}
		if n := cap(g.edges); len(g.edges) != 9000 || n < 9000+3*tt.room {
			t.Errorf("room for %d: %d of %d references", tt.room, len(g.edges), n)
		}
		if len(g.refs.slots) != minRefSlots {
			t.Errorf("room for %d: %d slots of reference types", tt.room, len(g.refs.slots))
		}
	}
}
