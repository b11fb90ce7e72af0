package dwarf2btf

import (
	"math"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
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

// TestReserve: an input that claims any size gets tables of bounded size.
func TestReserve(t *testing.T) {
	for _, tt := range []struct {
		info uint64
		want int
	}{{0, 0}, {unit.BytesPerType - 1, 0}, {unit.BytesPerType, 1}, {100 * unit.BytesPerType, 100}, {math.MaxUint64, unit.MaxExpected}} {
		w := (*Base)(nil).borrow(0, true)
		w.reserve(tt.info)
		if w.expected != tt.want {
			t.Errorf("%d types expected with %d bytes, want %d", w.expected, tt.info, tt.want)
		}
		id := w.names.Intern([]byte("name"))
		if got := string(w.names.Bytes(id)); got != "name" {
			t.Errorf("%d bytes: name %q", tt.info, got)
		}
		if shape := w.shapes.Intern([]uint32{id, 4 << 24, 8}); w.shapes.Words(shape)[0] != id {
			t.Errorf("%d bytes: other words of a shape", tt.info)
		}
	}
}
