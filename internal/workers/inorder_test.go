package workers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// Results of any sizes are taken in order, whichever are begun first, and with as few workers as there are.
func TestInOrderOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n, jobs := r.IntN(300), 1+r.IntN(40)
		sizes := make([]int64, n)
		for i := range sizes {
			sizes[i] = 1 << r.IntN(1+r.IntN(40))
		}
		var got []int
		err := InOrderOf(t.Context(), New(jobs, nil), n, func(i int) int64 { return sizes[i] }, squares, func(i int, square *int) error {
			if *square != i*i {
				t.Errorf("%d: %d", i, *square)
			}
			got = append(got, i)
			return nil
		})
		if err != nil || len(got) != n || !slices.IsSorted(got) {
			t.Fatalf("%v, %v", got, err)
		}
	}
}

// What is large is begun earlier, by as much as its size says, and no more than a quarter of the workers may be ahead.
func TestLargeFirst(t *testing.T) {
	sizes := slices.Repeat([]int64{1}, 200)
	sizes[100], sizes[150], sizes[151], sizes[152] = 5, 5, 5, 5
	order := largeFirst(len(sizes), 8, func(i int) int64 { return sizes[i] })
	at := func(number int) int { return slices.Index(order, number) }
	if at(100) != 100-8*5*3/2 || at(150) > 150-8*5 || at(151) > 151-8*5 || at(152) < at(150) {
		t.Errorf("100, 150, 151 and 152 are begun as %d, %d, %d, %d", at(100), at(150), at(151), at(152))
	}
	if sorted := slices.Sorted(slices.Values(order)); len(sorted) != 200 || sorted[0] != 0 || len(slices.Compact(sorted)) != 200 {
		t.Errorf("not all are begun: %v", order)
	}
	next, ahead := 0, 0
	begun := map[int]bool{}
	for _, number := range order {
		begun[number] = true
		for ; begun[next]; next++ {
			delete(begun, next)
		}
		ahead = max(ahead, len(begun))
	}
	if ahead != 8/4 {
		t.Errorf("%d are ahead, want %d", ahead, 8/4)
	}
	for _, none := range []func(int) int64{func(int) int64 { return 0 }, func(i int) int64 { return 1 << 20 }} {
		if got := largeFirst(100, 8, none); got != nil && !slices.IsSorted(got) {
			t.Errorf("sizes are the same, order %v", got)
		}
	}
	if got := largeFirst(200, 3, func(i int) int64 { return sizes[i] }); got != nil {
		t.Errorf("three workers, order %v", got)
	}
	if got := largeFirst(0, 8, func(i int) int64 { return sizes[i] }); got != nil {
		t.Errorf("nothing to begin, order %v", got)
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
