package unit

import (
	"math"
	"testing"
)

// TestReserve: tables are large enough for what a unit has, keep their size for a smaller
// one, and stay bounded for a unit that claims any size.
func TestReserve(t *testing.T) {
	c := NewCU()
	for _, tt := range []struct{ info, atLeast, atMost int }{
		{0, 0, 0}, {300_000, 1000, 1100}, {1000, 1000, 1100}, {600_000, 2000, 2200}, {math.MaxInt, maxReserved / 300, maxReserved / 270},
	} {
		c.reserve(tt.info)
		if n := cap(c.params); len(c.params) != 0 || n < tt.atLeast || n > tt.atMost {
			t.Errorf("%d bytes: %d of %d parameters, want %d to %d", tt.info, len(c.params), n, tt.atLeast, tt.atMost)
		}
	}
}
