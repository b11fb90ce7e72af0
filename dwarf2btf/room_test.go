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
		w := (*Base)(nil).take(0)
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
