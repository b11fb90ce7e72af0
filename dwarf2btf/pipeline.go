package dwarf2btf

import (
	"context"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/memlimit"
	"github.com/gopahole/gopahole/internal/workers"
)

// units decodes each unit into a CU of its own and adds them to the encoder in
// order.
func (r *run) units(ctx context.Context, s *session, e *encoder, units []die.Unit) error {
	worker := func() func(int, *cu) {
		d := newDecoder(s)
		return func(i int, c *cu) { d.decodeOne(c, &units[i]) }
	}
	return inOrder(ctx, r.pool, len(units), worker, func(c *cu) error { return r.take(e, c) })
}

// decodeOne decodes a unit. Errors are kept in the CU.
func (d *decoder) decodeOne(c *cu, u *die.Unit) {
	c.reset()
	c.base, c.at = u.Offset, u.Offset
	if c.err = d.decodeUnit(c, u); c.err == nil {
		c.err = c.inSplit(d.complete())
	}
	d.releaseSplit()
}

// take adds a decoded CU to the encoder.
func (r *run) take(e *encoder, c *cu) error {
	if c.err != nil {
		return c.err
	}
	r.stats.add(&c.stats)
	if err := r.checkCopies(e.s, c); err != nil {
		return err
	}
	e.graph.Progress(float64(r.before+c.at) / float64(r.total+1))
	return e.add(c)
}

// inOrder is [workers.InOrder] for CUs, until the process has more memory than it may
// have.
func inOrder(ctx context.Context, pool workers.Pool, n int, worker func() func(int, *cu), take func(*cu) error) error {
	return workers.InOrder(ctx, pool, n, worker, func(_ int, c *cu) error {
		if err := memlimit.Err(); err != nil {
			return err
		}
		return take(c)
	})
}
