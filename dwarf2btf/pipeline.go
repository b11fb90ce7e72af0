package dwarf2btf

import (
	"context"
	"sync"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// inFlight bounds the decoded CUs that wait for their turn, per job: enough to
// keep workers busy while a large unit is decoded, and few enough that memory
// does not grow with the input.
const inFlight = 3

// units decodes each unit into a CU of its own and adds them to the encoder in
// order. The workers do both: whoever finishes the unit whose turn it is adds it,
// and those behind it that are ready, while the others go on decoding.
func (r *run) units(ctx context.Context, s *session, e *encoder, units []die.Unit) error {
	if r.jobs == 1 || len(units) <= 1 {
		return r.serialUnits(ctx, s, e, units)
	}
	slotCtx, noMore := context.WithCancel(ctx) // nothing is left to start: nobody has to wait for a slot
	defer noMore()
	jobs := min(r.jobs, len(units))
	q := newQueue(len(units), inFlight*jobs, func(c *cu) error { return r.take(e, c) })
	defer context.AfterFunc(ctx, func() { q.stop(ctx.Err()) })()
	work := func(slots Slots) {
		d := newDecoder(s)
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
				d.decodeOne(c, &units[i], i)
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
		slots := r.opts.Slots
		if slots == nil {
			slots = ownSlot{}
		}
		workers.Go(func() { work(slots) })
	}
	work(ownSlot{})
	workers.Wait() // they use the caller's file and functions
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

// queue hands out the units to the workers, and takes them back in order.
type queue struct {
	consume func(*cu) error // one at a time, in order

	mu    sync.Mutex
	more  sync.Cond // storage is free, or there is an error
	units int
	next  int   // unit to start
	turn  int   // unit to consume
	ready []*cu // by index modulo length: those that wait for their turn
	free  []*cu
	busy  bool // a worker consumes
	err   error
}

func newQueue(units, storage int, consume func(*cu) error) *queue {
	q := &queue{units: units, consume: consume, ready: make([]*cu, storage)}
	q.more.L = &q.mu
	for range storage {
		q.free = append(q.free, new(cu))
	}
	return q
}

// storage waits for a CU to decode into. It returns nil after an error. It is
// called before start: with the unit taken first, the one whose turn it is might
// wait for storage that later ones hold.
func (q *queue) storage() *cu {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.free) == 0 && q.err == nil {
		q.more.Wait()
	}
	if q.err != nil {
		return nil
	}
	c := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	return c
}

// start returns the index of a unit that nobody has started, -1 if there is none
// or after an error.
func (q *queue) start() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil || q.next == q.units {
		q.more.Broadcast() // for those that wait for storage
		return -1
	}
	q.next++
	return q.next - 1
}

// finish takes a decoded unit back and consumes what can be consumed, unless
// another worker is doing that and will find it.
func (q *queue) finish(c *cu) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.ready)
	q.ready[c.index%n] = c
	if q.busy {
		return
	}
	q.busy = true
	for q.err == nil {
		c := q.ready[q.turn%n]
		if c == nil {
			break
		}
		q.ready[q.turn%n] = nil
		q.turn++
		q.mu.Unlock()
		err := q.consume(c)
		q.mu.Lock()
		q.free = append(q.free, c)
		q.fail(err)
		q.more.Signal()
	}
	q.busy = false
}

// stop ends the work with an error.
func (q *queue) stop(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail(err)
}

// fail keeps the first error.
func (q *queue) fail(err error) {
	if err != nil && q.err == nil {
		q.err = err
		q.more.Broadcast()
	}
}

// serialUnits is units without goroutines.
func (r *run) serialUnits(ctx context.Context, s *session, e *encoder, units []die.Unit) error {
	d := newDecoder(s)
	c := new(cu)
	for i := range units {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.decodeOne(c, &units[i], i)
		if err := r.take(e, c); err != nil {
			return err
		}
	}
	return nil
}

// decodeOne decodes a unit as the CU with an index. Errors are kept in the CU.
func (d *decoder) decodeOne(c *cu, u *die.Unit, index int) {
	c.reset()
	c.index, c.base = index, u.Offset
	if c.err = d.decodeUnit(c, u); c.err == nil {
		c.err = d.complete()
	}
}

// take adds a decoded CU to the encoder.
func (r *run) take(e *encoder, c *cu) error {
	if c.err != nil {
		return c.err
	}
	r.stats.add(&c.stats)
	e.graph.Progress(float64(r.before+c.base) / float64(r.total+1))
	return e.add(c)
}
