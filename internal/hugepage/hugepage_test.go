package hugepage

import (
	"context"
	"slices"
	"strings"
	"sync"
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

// TestContents: memory that is in use keeps what it has.
func TestContents(t *testing.T) {
	var b strings.Builder
	b.Grow(5 << 20)
	b.WriteString("the beginning")
	before := make([][]byte, 1000)
	for i := range before {
		before[i] = slices.Repeat([]byte{byte(i)}, 5000)
	}
	Advise(b.String(), 5<<20)
	Make[uint64](0, 1<<20)
	if b.String() != "the beginning" {
		t.Errorf("%q", b.String())
	}
	for i, p := range before {
		if !slices.Equal(p, slices.Repeat([]byte{byte(i)}, 5000)) {
			t.Fatalf("slice %d has changed", i)
		}
	}
}

// TestTouch: what the heap is used for meanwhile stays as it is.
func TestTouch(t *testing.T) {
	const n = 16 << 20
	touch := Heap(n)
	var other sync.WaitGroup
	other.Go(func() { touch(context.Background(), 2*n) }) // no more than there is
	var kept [][]byte
	for i := range 100 {
		kept = append(kept, slices.Repeat([]byte{byte(i)}, 100_000))
	}
	other.Wait()
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	touch(canceled, n)
	for i, b := range kept {
		if !slices.Equal(b, slices.Repeat([]byte{byte(i)}, 100_000)) {
			t.Fatalf("slice %d has changed", i)
		}
	}
}
