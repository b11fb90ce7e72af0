package memory

import (
	"reflect"
	"slices"
	"testing"
)

func TestMake(t *testing.T) {
	for _, tt := range []struct{ n, max int }{{0, 0}, {0, 3}, {3, 3}, {5, 100_000}, {3_000_000, 3_000_000}} {
		s := Make[uint32](tt.n, tt.max)
		if len(s) != tt.n || cap(s) != tt.max {
			t.Errorf("Make(%d, %d) has length %d, capacity %d", tt.n, tt.max, len(s), cap(s))
		}
		if slices.ContainsFunc(s[:cap(s)], func(v uint32) bool { return v != 0 }) {
			t.Errorf("Make(%d, %d) is not zero", tt.n, tt.max)
		}
	}
}

// TestOnLarge: whoever asks is told where the memory is.
func TestOnLarge(t *testing.T) {
	type place struct{ addr, n uintptr }
	var told []place
	OnLarge(func(addr, n uintptr) { told = append(told, place{addr, n}) })
	defer onLarge.Store(nil)
	s := Make[uint64](5, 1000)
	empty := Make[uint64](0, 0)
	want := []place{{reflect.ValueOf(s).Pointer(), 8000}}
	if !slices.Equal(told, want) || len(empty) != 0 {
		t.Errorf("told of %x, want %x", told, want)
	}
}
