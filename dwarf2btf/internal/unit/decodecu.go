package unit

import (
	"context"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// Decode makes a CU of unit i. An error is kept in the CU.
func (d *Decoder) Decode(c *CU, i int) {
	u := &d.s.units[i]
	if c.Types.Start == nil {
		d.s.storage.lendCU(c)
	}
	defer d.borrow(c, int(u.Len))()
	c.reset()
	c.base, c.At = u.Offset, u.Offset
	if c.Err = d.decodeUnit(c, u); c.Err == nil {
		c.Err = c.inSplit(d.complete())
	}
	d.releaseSplit()
}

// DecodeMerged makes one CU of all units.
func (d *Decoder) DecodeMerged(ctx context.Context, c *CU) error {
	s := d.s
	units := s.units
	if n := len(units); n > 0 && units[n-1].Offset+uint64(units[n-1].Len) > maxOffset {
		return fmt.Errorf(".debug_info: %d bytes of units that refer to each other: at most 2 GiB are supported", s.info.size())
	}
	c.next = uint32(min(s.info.size(), maxOffset))
	if err := d.supplementaryUnits(ctx, c, units); err != nil {
		return err
	}
	for i := range units {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.decodeUnit(c, &units[i]); err != nil {
			return err
		}
	}
	if err := d.otherTypes(c); err != nil {
		return err
	}
	// The language of merged units is that of the first one, and it is judged again.
	// pahole 1.32 leaves all of them out then, also those of other languages.
	if first := s.first; c.taken == 0 && first != nil && !s.opts.WantsLanguage(first.language) {
		c.Filtered, c.Reason = true, s.filterLine(nil, first.language)
	}
	return d.completeCU(c)
}

// DecodeOtherTypes makes a CU of the type units that no unit refers to. It reports
// whether there are any.
func (d *Decoder) DecodeOtherTypes(c *CU) (some bool, err error) {
	if err := d.otherTypes(c); err != nil || len(c.Types.Shapes) == 0 {
		return false, err
	}
	return true, d.completeCU(c)
}

// completeCU completes a CU whose units are all decoded.
func (d *Decoder) completeCU(c *CU) error {
	d.cu = c
	return c.inSplit(d.complete())
}

// RefersAcross tells whether units may refer to each other: whether an abbreviation of one
// of them has DW_FORM_ref_addr.
func (s *File) RefersAcross() (bool, error) {
	units := s.units
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
