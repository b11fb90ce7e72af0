package dwarf2btf

import (
	"context"

	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/internal/workers"
)

// addUnits encodes each unit as a CU of its own: workers decode them, and the encoder
// takes them in the order of the file. Type units that no unit refers to follow.
func (c *conversion) addUnits(ctx context.Context, e *encoder, f *unit.File) error {
	worker := func() func(int, *decodedCU) {
		d, scout := unit.NewDecoder(f), e.newScout()
		return func(i int, r *decodedCU) {
			if d.Decode(&r.cu, i); r.cu.Err == nil {
				scout.look(r)
			}
		}
	}
	take := func(r *decodedCU) error {
		if r.cu.Err != nil {
			return r.cu.Err
		}
		e.graph.Progress(float64(c.infoBefore+r.cu.At) / float64(c.infoBytes+1))
		return c.addCU(e, &r.cu, r.found)
	}
	if err := inOrder(ctx, c.pool, f.NumUnits(), f.UnitSize, worker, take); err != nil {
		return err
	}
	return c.addOtherTypes(e, f)
}

// inOrder is [workers.InOrderOf] until the process has more memory than it may have.
func inOrder[T any](ctx context.Context, pool workers.Pool, n int, size func(int) int64, worker func() func(int, *T), take func(*T) error) error {
	return workers.InOrderOf(ctx, pool, n, size, worker, func(_ int, result *T) error {
		if err := memory.Err(); err != nil {
			return err
		}
		return take(result)
	})
}

// addCU adds a CU that is complete.
func (c *conversion) addCU(e *encoder, cu *unit.CU, found *typegraph.Findings) error {
	c.stats.addCU(&cu.Stats)
	if err := c.checkCopies(e.file, cu); err != nil {
		return err
	}
	return e.add(cu, found)
}

// addOtherTypes encodes the type units that no unit refers to.
func (c *conversion) addOtherTypes(e *encoder, f *unit.File) error {
	if !f.HasTypeUnits() {
		return nil
	}
	cu := unit.NewCU()
	some, err := unit.NewDecoder(f).DecodeOtherTypes(cu)
	if err != nil || !some {
		return err
	}
	return c.addCU(e, cu, nil)
}

// chooseMerging finds out whether the units of a file are one CU.
func (c *conversion) chooseMerging(f *unit.File) (err error) {
	f.Merged = c.merged[c.current]
	if (c.opts.Verbose != nil || c.lookAhead) && !f.Merged {
		// Nothing may be printed twice: find out before the first line. And files are
		// not read again and again, if the units of several refer to each other.
		f.Merged, err = f.RefersAcross()
	}
	c.stats.Units += f.NumUnits()
	c.stats.Merged = c.stats.Merged || f.Merged
	return err
}

// addMergedUnits encodes all units of a file as one CU.
func (c *conversion) addMergedUnits(ctx context.Context, e *encoder, f *unit.File) error {
	cu := unit.NewCU()
	if err := unit.NewDecoder(f).DecodeMerged(ctx, cu); err != nil {
		return err
	}
	return c.addCU(e, cu, nil)
}
