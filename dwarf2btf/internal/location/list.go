package location

import "errors"

// ErrShort says that the bytes given to List end before the list does.
var ErrShort = errors.New("location list goes on past the given bytes")

// Entry kinds of DWARF 5 lists (DWARF 5, 7.7.3).
const (
	lleEndOfList       = 0
	lleBaseAddressx    = 1
	lleStartxEndx      = 2
	lleStartxLength    = 3
	lleOffsetPair      = 4
	lleDefaultLocation = 5
	lleBaseAddress     = 6
	lleStartEnd        = 7
	lleStartLength     = 8
)

// List computes the facts of a parameter whose DW_AT_location is the list that
// begins at list[0]: bytes of .debug_loc, or of .debug_loclists from DWARF 5
// on, in an ET_REL file with relocations applied as libdwfl does (an unrelocated
// pair of addresses can look like the end of the list). What f said of location
// and size is replaced.
//
// The caller may pass any window of the section. With ErrShort f has the facts
// of the entries that were complete: call again with more bytes, or, if the
// section has no more, keep the facts: libdw gives up there, too. An
// entry libdw refuses ends the list without an error.
//
// Neither reader of delve's loclist package fits: Dwarf2Reader is little-endian
// only and panics on short input, Dwarf5Reader offers nothing but Find(pc).
func (c *Context) List(f *Facts, list []byte, typeSize uint64) error {
	c.Listed = 0
	c.reset(f, typeSize)
	if !c.validAddrSize() {
		return nil
	}
	if c.Version < 5 {
		if c.Split {
			return c.splitLoc(f, list)
		}
		return c.loc(f, list)
	}
	return c.loclist(f, list)
}

// loc reads a list of DWARF 2 to 4: pairs of addresses, each followed by a
// 2-byte length and the expression (DWARF 4, 2.6.2).
func (c *Context) loc(f *Facts, p []byte) error {
	pair := 2 * c.AddrSize
	for i, k := 0, 0; ; {
		c.Listed = i
		if len(p)-i < pair {
			return ErrShort
		}
		lo, hi := c.addr(p[i:]), c.addr(p[i+c.AddrSize:])
		i += pair
		if escape := ^uint64(0) >> (64 - 8*c.AddrSize); lo == escape {
			if hi == escape {
				return nil // refused by libdw
			}
			continue // hi is the new base address
		}
		if lo == 0 && hi == 0 {
			return nil
		}
		next, more, err := c.expression(f, p, i, k)
		if !more {
			return err
		}
		i = next
		k++
	}
}

// expression reads the expression of entry k, which is at i after 2 bytes with its length.
// It returns where it ends, and whether the list goes on.
func (c *Context) expression(f *Facts, p []byte, i, k int) (end int, more bool, err error) {
	if len(p)-i < 2 {
		return 0, false, ErrShort
	}
	n := int(c.Order.Uint16(p[i:]))
	i += 2
	if len(p)-i < n {
		return 0, false, ErrShort
	}
	return i + n, c.entry(f, p[i:i+n], k), nil
}

// splitLoc reads a list of .debug_loc.dwo, which GNU made before DWARF 5: entries as of
// DWARF 5 with other numbers and lengths (elfutils: __libdw_getlocation; DebugFission).
func (c *Context) splitLoc(f *Facts, p []byte) error {
	const end, baseAddress, startEnd, startLength, offsetPair = 0, 1, 2, 3, 4
	for i, k := 0, 0; ; {
		c.Listed = i
		if i >= len(p) {
			return ErrShort
		}
		kind := p[i]
		i++
		lebs, fixed := 0, 0
		switch kind {
		case end:
			return nil
		case baseAddress:
			lebs = 1
		case startEnd:
			lebs = 2
		case startLength:
			lebs, fixed = 1, 4
		case offsetPair:
			fixed = 8
		default:
			return nil
		}
		for range lebs {
			i = skipLEB(p, i)
		}
		i += fixed
		if i > len(p) {
			return ErrShort
		}
		if kind == baseAddress {
			continue
		}
		next, more, err := c.expression(f, p, i, k)
		if !more {
			return err
		}
		i = next
		k++
	}
}

func (c *Context) addr(p []byte) uint64 {
	if c.AddrSize == 8 {
		return c.Order.Uint64(p)
	}
	return uint64(c.Order.Uint32(p))
}

// loclist reads a list of DWARF 5. Kinds libdw does not know, GNU's view pairs
// among them, end it.
func (c *Context) loclist(f *Facts, p []byte) error {
	for i, k := 0, 0; ; {
		c.Listed = i
		if i >= len(p) {
			return ErrShort
		}
		kind := p[i]
		i++
		addrs, lebs, hasExpr := 0, 0, true
		switch kind {
		case lleEndOfList:
			return nil
		case lleBaseAddressx:
			lebs, hasExpr = 1, false
		case lleStartxEndx, lleStartxLength, lleOffsetPair:
			lebs = 2
		case lleDefaultLocation:
		case lleBaseAddress:
			addrs, hasExpr = 1, false
		case lleStartEnd:
			addrs = 2
		case lleStartLength:
			addrs, lebs = 1, 1
		default:
			return nil
		}
		// If p ends in the entry's head, i is past the end of p, and the check below
		// is enough.
		i += addrs * c.AddrSize
		for range lebs {
			i = skipLEB(p, i)
		}
		if i > len(p) {
			return ErrShort
		}
		if !hasExpr {
			continue
		}
		n, next, ok := fullULEB(p, i)
		if !ok || uint64(len(p)-next) < n {
			return ErrShort
		}
		i = next + int(n)
		if !c.entry(f, p[next:i], k) {
			return nil
		}
		k++
	}
}

// skipLEB returns the index after the LEB128 number at p[i:], or an index past the end
// of p if p ends in the number.
func skipLEB(p []byte, i int) int {
	_, next, ok := fullULEB(p, i)
	if !ok {
		return len(p) + 1
	}
	return next
}

// fullULEB is uleb for a window of a section: a number that p ends in is not ok.
func fullULEB(p []byte, i int) (v uint64, next int, ok bool) {
	if i >= len(p) {
		return 0, i, false
	}
	v, next = uleb(p, i)
	if next == len(p) && p[next-1] >= 0x80 && next-i < maxLEB {
		return v, next, false
	}
	return v, next, true
}
