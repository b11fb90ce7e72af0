package dwarf2btf

import (
	"math"
	"testing"
)

// TestAddedTypes: the same for what goes on top of a base.
func TestAddedTypes(t *testing.T) {
	for _, tt := range []struct {
		info uint64
		want int
	}{{0, 0}, {bytesPerAdded, 1}, {100 * bytesPerAdded, 100}, {math.MaxUint64, maxAdded}} {
		if got := addedTypes(tt.info); got != tt.want {
			t.Errorf("%d types with %d bytes, want %d", got, tt.info, tt.want)
		}
	}
}

// TestRoom: an input that claims any size gets bounded room.
func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		info uint64
		want int
	}{{0, 0}, {bytesPerType - 1, 0}, {bytesPerType, 1}, {100 * bytesPerType, 100}, {math.MaxUint64, maxRoom}} {
		w := (*Base)(nil).borrow(0)
		w.reserve(tt.info)
		if w.room != tt.want {
			t.Errorf("room for %d types with %d bytes, want %d", w.room, tt.info, tt.want)
		}
		id := w.names.intern([]byte("name"))
		if got := string(w.names.bytes(id)); got != "name" {
			t.Errorf("%d bytes: name %q", tt.info, got)
		}
		if shape := w.shapes.Intern([]uint32{id, 4 << 24, 8}); w.shapes.Words(shape)[0] != id {
			t.Errorf("%d bytes: other words of a shape", tt.info)
		}
	}
}

// TestMakeRoom: there is room for what a unit has, it is kept for a smaller one, and the
// room for a unit that claims any size is bounded.
func TestMakeRoom(t *testing.T) {
	c := new(cu)
	for _, tt := range []struct{ info, atLeast, atMost int }{
		{0, 0, 0}, {110_000, 1000, 1250}, {1000, 1000, 1250}, {220_000, 2000, 2500}, {math.MaxInt, maxUnitRoom / 110, maxUnitRoom / 80},
	} {
		c.makeRoom(tt.info)
		if n := cap(c.params); len(c.params) != 0 || n < tt.atLeast || n > tt.atMost {
			t.Errorf("%d bytes: %d of %d parameters, want room for %d to %d", tt.info, len(c.params), n, tt.atLeast, tt.atMost)
		}
	}
}
