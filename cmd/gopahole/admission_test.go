package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/internal/memory"
)

// ofSizes returns modules with these sizes in megabytes.
func ofSizes(megabytes ...int64) []*batchModule {
	var modules []*batchModule
	for i, mb := range megabytes {
		modules = append(modules, &batchModule{path: fmt.Sprintf("m%d.ko", i), size: mb << 20})
	}
	return modules
}

func megabytes(m *batchModule) int64 { return m.size >> 20 }

const plenty = memory.Unlimited

// TestAdmissionOrder: a worker whose module does not fit takes the next that does, and the
// large one comes when one that is as large is done.
func TestAdmissionOrder(t *testing.T) {
	ctx := context.Background()
	a := newAdmission(ofSizes(2, 600, 1, 230, 3, 190, 40), 2, plenty)
	first, second := a.next(ctx), a.next(ctx)
	if got := []int64{megabytes(first.module), megabytes(second.module)}; !slices.Equal(got, []int64{600, 3}) {
		t.Fatalf("first come %d", got)
	}
	a.done(second)
	if second = a.next(ctx); megabytes(second.module) != 2 {
		t.Fatalf("beside the largest one: %d", megabytes(second.module))
	}
	a.done(first)
	if first = a.next(ctx); megabytes(first.module) != 230 {
		t.Fatalf("in the place of the largest one: %d", megabytes(first.module))
	}
	a.done(first)
	a.done(second)
	var rest []int64
	for p := a.next(ctx); p != nil; p = a.next(ctx) {
		rest = append(rest, megabytes(p.module))
		a.done(p)
	}
	if want := []int64{190, 40, 1}; !slices.Equal(rest, want) {
		t.Errorf("the others: %d, want %d", rest, want)
	}
}

// TestAdmissionRoom: whatever the order in which modules end, each comes once, and those at
// work together fit into the room.
func TestAdmissionRoom(t *testing.T) {
	sizes := []int64{600, 230, 190, 117, 106, 57, 50, 49, 45, 43}
	for i := range int64(200) {
		sizes = append(sizes, i%7)
	}
	for _, c := range []struct {
		jobs int
		free int64
		most int64 // that are at work together, in bytes; modules that need more are alone
	}{{1, plenty, largeModule}, {2, plenty, largeModule + smallModule}, {16, plenty, largeModule + 15*smallModule}, {16, 100 << 20, 75 << 20}, {16, 0, 1}} {
		var mu sync.Mutex
		var need, largest int64
		working, together := 0, 0
		seen := map[*batchModule]bool{}
		a := newAdmission(ofSizes(sizes...), c.jobs, c.free)
		var wg sync.WaitGroup
		for range c.jobs {
			wg.Go(func() {
				for p := a.next(t.Context()); p != nil; p = a.next(t.Context()) {
					mu.Lock()
					if seen[p.module] {
						t.Errorf("%s comes twice", p.module.path)
					}
					seen[p.module] = true
					need, working = need+min(p.module.need(), c.most), working+1
					largest, together = max(largest, need), max(together, working)
					mu.Unlock()
					// Here it would be encoded.
					mu.Lock()
					need, working = need-min(p.module.need(), c.most), working-1
					mu.Unlock()
					a.done(p)
				}
			})
		}
		wg.Wait()
		if len(seen) != len(sizes) || largest > c.most {
			t.Errorf("%d jobs, %d free: %d of %d modules, %d bytes of %d", c.jobs, c.free, len(seen), len(sizes), largest, c.most)
		}
		if c.free == 0 && together != 1 {
			t.Errorf("without memory, %d modules are at work together", together)
		}
	}
}

// TestAdmissionEnds: nobody waits after a signal.
func TestAdmissionEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a := newAdmission(ofSizes(600, 500), 1, plenty)
	p := a.next(ctx)
	ended := make(chan *place)
	go func() { ended <- a.next(ctx) }()
	cancel()
	a.done(p) // the module at work ends soon
	if got := <-ended; got != nil {
		t.Errorf("%s after the end", got.module.path)
	}
}

// TestAdmissionShares: large modules get several workers, where there are many.
func TestAdmissionShares(t *testing.T) {
	modules := ofSizes(600, 200, 100, 100)
	modules[1].path, modules[1].size = "m.ko.xz", modules[1].size/compression
	for _, c := range []struct {
		jobs int
		want []int
	}{{1, []int{1, 1, 1, 1}}, {4, []int{2, 1, 1, 1}}, {20, []int{12, 4, 2, 2}}} {
		a := newAdmission(modules, c.jobs, plenty)
		for i, m := range modules {
			if got := a.share(m); got != c.want[i] {
				t.Errorf("-j%d: %d workers for module %d, want %d", c.jobs, got, i, c.want[i])
			}
		}
	}
	if got := newAdmission(ofSizes(0), 3, plenty).share(ofSizes(0)[0]); got != 1 {
		t.Errorf("%d workers for an empty file", got)
	}
	one := ofSizes(7)
	if got := newAdmission(one, 3, plenty).share(one[0]); got != 3 {
		t.Errorf("%d of 3 workers for the only module", got)
	}
}

// TestAdmissionRetries: what had not enough memory is encoded again, unless it had all that
// there is.
func TestAdmissionRetries(t *testing.T) {
	ctx := context.Background()
	a := newAdmission(ofSizes(30, 2, 1), 2, plenty)
	lack := fmt.Errorf("m.ko: %w", &memory.Error{Need: 1 << 30})
	first, second := a.next(ctx), a.next(ctx)
	a.done(second)
	if !a.retries(first, lack) || a.retries(first, errors.New("damaged")) {
		t.Error("a module beside others")
	}
	a.done(first)
	last := a.next(ctx)
	if a.retries(last, lack) {
		t.Error("a module that was alone")
	}
	if len(a.again) != 1 || a.again[0] != first.module {
		t.Errorf("again: %d modules", len(a.again))
	}
}
