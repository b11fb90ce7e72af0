package dwarf2btf

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// inFlight bounds the decoded CUs that wait for their turn, per job: enough to
// keep workers busy while a large unit is decoded, and few enough that memory
// does not grow with the input.
const inFlight = 3

// units decodes each unit into a CU of its own and adds them to the encoder in
// order. Workers take the next unit; the caller's goroutine consumes.
func (r *run) units(ctx context.Context, s *session, e *encoder, units []die.Unit) error {
	if r.jobs == 1 {
		return r.serialUnits(ctx, s, e, units)
	}
	var next atomic.Int64
	free := make(chan *cu, inFlight*r.jobs)
	for range cap(free) {
		free <- new(cu)
	}
	done := make(chan *cu, cap(free))
	var workers sync.WaitGroup
	defer workers.Wait() // they use the caller's file and functions
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for w := range min(r.jobs, len(units)) {
		workers.Go(func() {
			d := newDecoder(s)
			slots := r.opts.Slots
			if slots == nil || w == 0 {
				slots = ownSlot{}
			}
			for {
				var c *cu
				select {
				case <-ctx.Done():
					return
				case c = <-free:
				}
				if ctx.Err() != nil { // both were ready
					return
				}
				if slots.Acquire(ctx) != nil {
					return
				}
				// The storage comes first: with the index taken first, the CU that
				// is consumed next might wait for storage that later ones hold.
				i := int(next.Add(1)) - 1
				if i >= len(units) {
					slots.Release()
					return
				}
				d.decodeOne(c, &units[i], i)
				slots.Release()
				done <- c
			}
		})
	}
	waiting := make(map[int]*cu, cap(free))
	for i := range units {
		for waiting[i] == nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case c := <-done:
				waiting[c.index] = c
			}
		}
		c := waiting[i]
		delete(waiting, i)
		if err := r.take(e, c, units); err != nil {
			return err
		}
		free <- c
	}
	return nil
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
		if err := r.take(e, c, units); err != nil {
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

// take adds a decoded CU, of one of the units, to the encoder.
func (r *run) take(e *encoder, c *cu, units []die.Unit) error {
	if c.err != nil {
		return c.err
	}
	r.stats.add(&c.stats)
	e.graph.Progress(float64(units[c.index].Offset) / float64(units[len(units)-1].Offset+1))
	return e.add(c)
}
