package dwarf2btf

import "sync"

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
