package workers

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/internal/cores"
)

// squares makes the squares of numbers, not all of them equally fast.
func squares() func(int, *int) {
	return func(i int, result *int) {
		for range i % 7 {
			runtime.Gosched()
		}
		*result = i * i
	}
}

// Results are taken in order and one at a time, by any number of workers, also by
// those that get no slot.
func TestInOrder(t *testing.T) {
	for name, p := range map[string]Pool{
		"one": New(1, nil), "two": New(2, nil), "many": New(9, nil), "no slot": New(4, noSlots{}), "no slot for long": New(4, noSlots{wait: true}),
	} {
		for _, n := range []int{0, 1, 2, 100} {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				var got []int
				taking := make(chan bool, 1)
				err := InOrder(t.Context(), p, n, squares, func(i int, square *int) error {
					taking <- true // a second call would wait for ever
					if *square != i*i {
						t.Errorf("%d: %d", i, *square)
					}
					got = append(got, i)
					<-taking
					return nil
				})
				if err != nil || len(got) != n || !slices.IsSorted(got) {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
	}
}

// The first error ends the work, whatever is ready after it.
func TestInOrderError(t *testing.T) {
	stop := errors.New("stop")
	for _, jobs := range []int{1, 2, 5} {
		calls := 0
		err := InOrder(t.Context(), New(jobs, nil), 100, squares, func(i int, _ *int) error {
			if calls++; i == 3 {
				return stop
			}
			return nil
		})
		if err != stop || calls != 4 {
			t.Errorf("%d jobs: %d calls, %v", jobs, calls, err)
		}
	}
}

// The end of the context ends the work, also that of workers that wait for a slot.
func TestInOrderCanceled(t *testing.T) {
	for name, p := range map[string]Pool{"one": New(1, nil), "two": New(2, nil), "no slot": New(4, noSlots{wait: true})} {
		ctx, cancel := context.WithCancel(t.Context())
		err := InOrder(ctx, p, 100, squares, func(i int, _ *int) error {
			if i == 3 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A result that takes long does not let the others pile up: there are no more than some
// for each worker.
func TestInOrderBounded(t *testing.T) {
	const jobs = 3
	p := New(jobs, nil)
	var mu sync.Mutex
	made, full := 0, make(chan bool)
	err := InOrder(t.Context(), p, 100, func() func(int, *int) {
		return func(i int, _ *int) {
			if i == 0 {
				<-full
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if made++; made == cores.InFlight(jobs)-1 {
				close(full)
			}
		}
	}, func(i int, _ *int) error {
		mu.Lock()
		defer mu.Unlock()
		if made > i+cores.InFlight(jobs) {
			t.Errorf("%d results were made when that of %d was taken", made, i)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Each calls the function once for each number, and not after the end of the context.
func TestEach(t *testing.T) {
	for _, jobs := range []int{1, 2, 5} {
		for _, n := range []int{0, 1, 50} {
			var mu sync.Mutex
			var got []int
			err := New(jobs, nil).Each(t.Context(), n, func(i int) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, i)
			})
			slices.Sort(got)
			if err != nil || len(got) != n || len(slices.Compact(got)) != n {
				t.Errorf("%d jobs, %d: %v, %v", jobs, n, got, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		var mu sync.Mutex
		err := New(jobs, nil).Each(ctx, 50, func(int) {
			mu.Lock()
			defer mu.Unlock()
			if calls++; calls == 7 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || calls < 7 || calls > 7+jobs {
			t.Errorf("%d jobs: %d calls, %v", jobs, calls, err)
		}
	}
}
