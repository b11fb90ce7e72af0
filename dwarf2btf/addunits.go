package dwarf2btf

import (
	"context"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/workers"
)

// addUnits encodes each unit as a CU of its own: workers decode them, and the encoder
// takes them in the order of the file. Type units that no unit refers to follow.
func (c *conversion) addUnits(ctx context.Context, e *encoder, s *session) error {
	worker := func() func(int, *cu) {
		d := newDecoder(s)
		return func(i int, cu *cu) { d.decodeOne(cu, &s.units[i]) }
	}
	take := func(cu *cu) error {
		if cu.err != nil {
			return cu.err
		}
		e.graph.Progress(float64(c.infoBefore+cu.at) / float64(c.infoBytes+1))
		return c.addCU(e, cu)
	}
	if err := inOrder(ctx, c.pool, len(s.units), worker, take); err != nil {
		return err
	}
	return c.addOtherTypes(e, s)
}

// inOrder is [workers.InOrder] for CUs, until the process has more memory than it may
// have.
func inOrder(ctx context.Context, pool workers.Pool, n int, worker func() func(int, *cu), take func(*cu) error) error {
	return workers.InOrder(ctx, pool, n, worker, func(_ int, c *cu) error {
		if err := memory.Err(); err != nil {
			return err
		}
		return take(c)
	})
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

// addCU adds a CU that is complete.
func (c *conversion) addCU(e *encoder, cu *cu) error {
	c.stats.addCU(&cu.stats)
	if err := c.checkCopies(e.s, cu); err != nil {
		return err
	}
	return e.add(cu)
}

// addCompleted completes a CU on the spot and adds it.
func (c *conversion) addCompleted(d *decoder, e *encoder, cu *cu) error {
	d.cu = cu
	if err := d.complete(); err != nil {
		return cu.inSplit(err)
	}
	return c.addCU(e, cu)
}

// addOtherTypes encodes the type units that no unit refers to.
func (c *conversion) addOtherTypes(e *encoder, s *session) error {
	if pkg := s.split.pkg; s.signed == nil && (pkg == nil || pkg.signed == nil) {
		return nil
	}
	d := newDecoder(s)
	cu := newCU()
	if err := d.otherTypes(cu); err != nil || len(cu.unit.Shapes) == 0 {
		return err
	}
	return c.addCompleted(d, e, cu)
}

// chooseMerging finds out whether the units of a file are one CU.
func (c *conversion) chooseMerging(s *session) (err error) {
	s.merged = c.merged[c.current]
	if (c.opts.Verbose != nil || c.lookAhead) && !s.merged {
		// Nothing may be printed twice: find out before the first line. And files are
		// not read again and again, if the units of several refer to each other.
		s.merged, err = s.anyRefAddr(s.units)
	}
	c.stats.Units += len(s.units)
	c.stats.Merged = c.stats.Merged || s.merged
	return err
}

// anyRefAddr tells whether an abbreviation of some unit has DW_FORM_ref_addr.
func (s *session) anyRefAddr(units []die.Unit) (bool, error) {
	var t die.Table
	var w window
	var last tableKey
	for i := range units {
		u := &units[i]
		key := tableKey{&s.source, u.AbbrevOff, u.Version, u.AddrSize, u.Is64, true}
		if key == last {
			continue
		}
		last = key
		if err := s.compile(&t, &w, u); err != nil {
			return false, err
		}
		if t.RefAddr {
			return true, nil
		}
	}
	return false, nil
}

// addMergedUnits encodes all units of a file as one CU.
func (c *conversion) addMergedUnits(ctx context.Context, e *encoder, s *session) error {
	units := s.units
	if n := len(units); n > 0 && units[n-1].Offset+uint64(units[n-1].Len) > maxOffset {
		return fmt.Errorf(".debug_info: %d bytes of units that refer to each other: at most 2 GiB are supported", s.info.size())
	}
	d := newDecoder(s)
	cu := newCU()
	cu.next = uint32(min(s.info.size(), maxOffset))
	if err := d.supplementaryUnits(ctx, cu, units); err != nil {
		return err
	}
	for i := range units {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.decodeUnit(cu, &units[i]); err != nil {
			return err
		}
	}
	if err := d.otherTypes(cu); err != nil {
		return err
	}
	// The language of merged units is that of the first one, and it is judged again.
	// pahole 1.32 leaves all of them out then, also those of other languages.
	if first := s.first; cu.taken == 0 && first != nil && !s.opts.wantsLanguage(first.language) {
		cu.filtered, cu.reason = true, filterLine(nil, first.language)
	}
	return c.addCompleted(d, e, cu)
}
