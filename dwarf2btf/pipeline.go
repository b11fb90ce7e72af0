package dwarf2btf

import (
	"context"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// units decodes each unit into a CU of its own and adds them to the encoder in
// order.
func (r *run) units(ctx context.Context, s *session, e *encoder, units []die.Unit) error {
	worker := func() func(*cu, int) {
		d := newDecoder(s)
		return func(c *cu, i int) { d.decodeOne(c, &units[i]) }
	}
	return r.crew.inOrder(ctx, len(units), worker, func(c *cu) error { return r.take(e, c) })
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
