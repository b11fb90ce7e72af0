package dwarf2btf

import (
	"context"
	"runtime"
	"sync"

	"github.com/gopahole/gopahole/internal/memlimit"
)

// crew is the workers of a run.
type crew struct {
	jobs  int
	slots Slots // of all workers but the first
}

func newCrew(jobs int, slots Slots) crew {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	if slots == nil {
		slots = ownSlot{}
	}
	return crew{jobs, slots}
}

// both calls f and g, at the same time if there are two workers.
func (c crew) both(ctx context.Context, f, g func()) {
	if c.jobs == 1 {
		f()
		g()
		return
	}
	ctx, noMore := context.WithCancel(ctx)
	var second sync.Once
	var other sync.WaitGroup
	other.Go(func() {
		if c.slots.Acquire(ctx) == nil {
			defer c.slots.Release()
			second.Do(g)
		}
	})
	f()
	noMore()
	second.Do(g) // or wait for it
	other.Wait()
}

// inFlight bounds the decoded CUs that wait for their turn, per job: enough to
// keep workers busy while a large unit is decoded, and few enough that memory
// does not grow with the input.
const inFlight = 3

// inOrder makes n CUs and hands them to take in order. Each worker makes some, by a
// function of its own, and the workers do both: whoever finishes the CU whose turn it
// is hands it over, and those behind it that are ready, while the others go on.
func (c crew) inOrder(ctx context.Context, n int, worker func() func(*cu, int), take func(*cu) error) error {
	take = whileInMemory(take)
	if c.jobs == 1 || n <= 1 {
		return oneByOne(ctx, n, worker(), take)
	}
	slotCtx, noMore := context.WithCancel(ctx) // nothing is left to start: nobody has to wait for a slot
	defer noMore()
	jobs := min(c.jobs, n)
	q := newQueue(n, inFlight*jobs, take)
	defer context.AfterFunc(ctx, func() { q.stop(ctx.Err()) })()
	work := func(slots Slots) {
		produce := worker()
		for {
			c := q.storage()
			if c == nil {
				noMore()
				return
			}
			if slots.Acquire(slotCtx) != nil {
				return
			}
			i := q.start()
			if i >= 0 {
				produce(c, i)
				c.index = i
				q.finish(c)
			} else {
				noMore()
			}
			slots.Release()
			if i < 0 {
				return
			}
		}
	}
	var workers sync.WaitGroup
	for range jobs - 1 {
		workers.Go(func() { work(c.slots) })
	}
	work(ownSlot{})
	workers.Wait() // they use the caller's file and functions
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

// whileInMemory is take until the process has more memory than it may have.
func whileInMemory(take func(*cu) error) func(*cu) error {
	return func(c *cu) error {
		if err := memlimit.Err(); err != nil {
			return err
		}
		return take(c)
	}
}

// oneByOne is inOrder without goroutines.
func oneByOne(ctx context.Context, n int, produce func(*cu, int), take func(*cu) error) error {
	c := new(cu)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		produce(c, i)
		if err := take(c); err != nil {
			return err
		}
	}
	return nil
}
