package tuning

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/internal/memory"
)

// TestContents: memory that is in use keeps what it has.
func TestContents(t *testing.T) {
	var b strings.Builder
	b.Grow(5 << 20)
	b.WriteString("the beginning")
	before := make([][]byte, 1000)
	for i := range before {
		before[i] = slices.Repeat([]byte{byte(i)}, 5000)
	}
	memory.OnLarge(advise)
	advise(reflect.ValueOf(b.String()).Pointer(), 5<<20)
	memory.Make[uint64](0, 1<<20)
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
	touch := hugePages(n)
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
