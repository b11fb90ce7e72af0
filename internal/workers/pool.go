package workers

import (
	"context"
	"runtime"
	"sync"

	"github.com/gopahole/gopahole/internal/cores"
)

// Slots are processors that are shared with other programs, by make's job server
// for example. A program has one slot from its start, for which nobody asks.
type Slots interface {
	// Acquire waits for a slot. After an error the caller goes on without it.
	Acquire(ctx context.Context) error
	// Release gives the slot back.
	Release()
}

// A Pool is a number of workers and the slots that they need. The zero value is not
// useful; see [New].
type Pool struct {
	jobs  int
	slots Slots // of all workers but the first
}

// New returns a pool of so many workers; 0 and less is one for each processor. Slots
// may be nil: then nobody has to be asked.
func New(jobs int, slots Slots) Pool {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	if slots == nil {
		slots = free{}
	}
	return Pool{jobs, slots}
}

// Jobs is the number of workers.
func (p Pool) Jobs() int { return p.jobs }

// Single is the same pool with one worker.
func (p Pool) Single() Pool { return Pool{1, p.slots} }

// free are slots that are there without asking.
type free struct{}

func (free) Acquire(context.Context) error { return nil }
func (free) Release()                      {}

// Both calls f and g, at the same time if there are two workers. It returns when both
// have returned.
func (p Pool) Both(ctx context.Context, f, g func()) {
	if r := cores.From(ctx).Enter(cores.Each, 2); r != nil {
		defer r.Leave()
		first, second := f, g
		f, g = func() { r.Work(0, first) }, func() { r.Work(1, second) }
	}
	if p.jobs == 1 {
		f()
		g()
		return
	}
	ctx, noMore := context.WithCancel(ctx)
	var second sync.Once
	var other sync.WaitGroup
	other.Go(func() {
		if p.slots.Acquire(ctx) == nil {
			defer p.slots.Release()
			second.Do(g)
		}
	})
	f()
	noMore()
	second.Do(g) // or wait for it
	other.Wait()
}

// Each calls f for 0 to n-1. The calls begin in this order. After the end of the context
// no other call begins, and Each returns the context's error if some are left out.
func (p Pool) Each(ctx context.Context, n int, f func(i int)) error {
	if r := cores.From(ctx).Enter(cores.Each, n); r != nil {
		defer r.Leave()
		work := f
		f = func(i int) { r.Work(i, func() { work(i) }) }
	}
	var mu sync.Mutex
	next := 0
	var err error
	p.run(ctx, n, func() worker {
		return worker{work: func() bool {
			mu.Lock()
			i := next
			if i < n {
				if err = ctx.Err(); err != nil {
					i = n
				} else {
					next++
				}
			}
			mu.Unlock()
			if i == n {
				return false
			}
			f(i)
			return true
		}}
	})
	return err
}

// A worker is what one goroutine does again and again.
type worker struct {
	// wait, if not nil, waits until there may be work. It is called without a slot, and
	// false ends the worker.
	wait func() bool
	// work does one piece of work. It is called with a slot; false means that nothing is
	// left to begin, for no worker.
	work func() bool
}

// run starts the workers for n pieces of work and waits until all of them have ended.
func (p Pool) run(ctx context.Context, n int, start func() worker) {
	ctx, noMore := context.WithCancel(ctx) // nothing is left to begin: nobody has to wait for a slot
	defer noMore()
	loop := func(slots Slots) {
		w := start()
		for {
			if w.wait != nil && !w.wait() {
				noMore()
				return
			}
			if slots.Acquire(ctx) != nil {
				return
			}
			more := w.work()
			if !more {
				noMore()
			}
			slots.Release()
			if !more {
				return
			}
		}
	}
	var others sync.WaitGroup
	for range min(p.jobs, n) - 1 {
		others.Go(func() { loop(p.slots) })
	}
	loop(free{})
	others.Wait() // they use what the caller may close
}
