package location

// Lists of address ranges, with an expression each or none: what is said of an address. List,
// by contrast, asks for no address, as pahole does.

// Addresses is what the addresses of a list are relative to.
type Addresses struct {
	// Base is the base address of the unit: its DW_AT_low_pc.
	Base uint64
	// Index returns an entry of the unit's table in .debug_addr.
	Index func(i uint64) (addr uint64, ok bool)
}

// A rangeEntry is one range of a list, half open. Expr is nil in lists of ranges.
type rangeEntry struct {
	lo, hi   uint64
	expr     []byte
	fallback bool // for addresses that no other entry has
}

// rangeOp is what an entry of a list of DWARF 5 does. 0 is none.
type rangeOp uint8

const (
	rangeBad rangeOp = iota
	rangeEnd
	rangeBasex
	rangeStartxEndx
	rangeStartxLength
	rangeOffsetPair
	rangeDefault
	rangeBase
	rangeStartEnd
	rangeStartLength
	rangeViews // a GNU extension, which says nothing about addresses
)

// listFormat is how the lists of a section are written.
type listFormat struct {
	ops   []rangeOp // by the first byte of an entry; nil: pairs of addresses
	fixed bool      // lengths and offsets have four bytes (GNU, before DWARF 5)
	sized exprSize
}

// exprSize is how the length of an expression is written.
type exprSize uint8

const (
	noExpr exprSize = iota
	exprU16
	exprULEB
)

var (
	locFormat      = listFormat{sized: exprU16}
	splitLocFormat = listFormat{fixed: true, sized: exprU16,
		ops: []rangeOp{rangeEnd, rangeBasex, rangeStartxEndx, rangeStartxLength, rangeOffsetPair}}
	loclistFormat = listFormat{sized: exprULEB,
		ops: []rangeOp{rangeEnd, rangeBasex, rangeStartxEndx, rangeStartxLength, rangeOffsetPair,
			rangeDefault, rangeBase, rangeStartEnd, rangeStartLength, rangeViews}}
	rangesFormat  = listFormat{}
	rnglistFormat = listFormat{
		ops: []rangeOp{rangeEnd, rangeBasex, rangeStartxEndx, rangeStartxLength, rangeOffsetPair,
			rangeBase, rangeStartEnd, rangeStartLength}}
)

// ValueAt returns the value that the list of locations at list[0] has for an address. list is a
// window of the section: with ErrShort, call again with more bytes. What is not understood
// ends the list, and what comes after it is unknown.
//
// The first entry counts that has the address. An empty one at the address does as well:
// compilers write it where a variable gets another value before the first instruction.
func (c *Context) ValueAt(list []byte, pc uint64, at *Addresses) (v Value, err error) {
	format := &loclistFormat
	switch {
	case c.Version >= 5:
	case c.Split:
		format = &splitLocFormat
	default:
		format = &locFormat
	}
	if !c.validAddrSize() {
		return Value{}, nil
	}
	r := rangeReader{c: c, format: format, p: list, at: at, base: at.Base}
	var fallback []byte
	for r.next() {
		switch e := &r.entry; {
		case e.fallback:
			fallback = e.expr
		case e.lo <= pc && (pc < e.hi || e.hi == pc && e.lo == pc):
			c.Listed = len(list) - len(r.p)
			return c.Value(e.expr), nil
		}
	}
	c.Listed = len(list) - len(r.p)
	if r.ended {
		v = c.Value(fallback)
	}
	return v, r.err
}

// FirstAddress returns where the first range of a list of ranges begins that is not empty. The
// error is ErrShort, as in ValueAt.
func (c *Context) FirstAddress(list []byte, at *Addresses) (addr uint64, ok bool, err error) {
	format := &rnglistFormat
	if c.Version < 5 {
		format = &rangesFormat
	}
	if !c.validAddrSize() {
		return 0, false, nil
	}
	r := rangeReader{c: c, format: format, p: list, at: at, base: at.Base}
	for r.next() {
		if r.entry.lo < r.entry.hi {
			c.Listed = len(list) - len(r.p)
			return r.entry.lo, true, nil
		}
	}
	c.Listed = len(list) - len(r.p)
	return 0, false, r.err
}

// rangeReader reads the entries of a list.
type rangeReader struct {
	c      *Context
	format *listFormat
	p      []byte // what is left
	at     *Addresses
	base   uint64
	entry  rangeEntry
	ended  bool  // at the entry that ends the list
	lost   bool  // at something that is not understood
	err    error // ErrShort
}

// next reads the next range. It returns false at the end of the list, at something that it does
// not understand, and with an error at the end of the bytes.
func (r *rangeReader) next() bool {
	for {
		var has bool
		if r.format.ops == nil {
			has = r.pair()
		} else {
			has = r.coded()
		}
		if r.err != nil || r.ended || r.lost {
			return false
		}
		if !has {
			continue
		}
		if r.format.sized != noExpr && !r.expr() {
			return false
		}
		return true
	}
}

// pair reads an entry of DWARF 2 to 4 (DWARF 4, 2.6.2 and 2.17.3). It returns false if there is
// no range in it.
func (r *rangeReader) pair() bool {
	lo, hi := r.addr(), r.addr()
	if r.err != nil {
		return false
	}
	switch mask := r.mask(); {
	case lo == mask:
		r.base = hi
		return false
	case lo == 0 && hi == 0:
		r.ended = true
		return false
	default:
		r.entry = rangeEntry{lo: (r.base + lo) & mask, hi: (r.base + hi) & mask}
	}
	return true
}

// coded reads an entry of DWARF 5 (7.7.3, 7.25), or of .debug_loc.dwo.
func (r *rangeReader) coded() bool {
	if len(r.p) == 0 {
		r.err = ErrShort
		return false
	}
	kind := rangeBad
	if i := int(r.p[0]); i < len(r.format.ops) {
		kind = r.format.ops[i]
	}
	r.p = r.p[1:]
	e := rangeEntry{}
	has := true
	switch kind {
	case rangeBasex:
		r.base, has = r.indexed(), false
	case rangeBase:
		r.base, has = r.addr(), false
	case rangeViews:
		r.uleb()
		r.uleb()
		has = false
	case rangeStartxEndx:
		e.lo, e.hi = r.indexed(), r.indexed()
	case rangeStartxLength:
		e.lo = r.indexed()
		e.hi = e.lo + r.length()
	case rangeOffsetPair:
		e.lo, e.hi = r.base+r.length(), r.base+r.length()
	case rangeDefault:
		e.fallback = true
	case rangeStartEnd:
		e.lo, e.hi = r.addr(), r.addr()
	case rangeStartLength:
		e.lo = r.addr()
		e.hi = e.lo + r.uleb()
	case rangeEnd:
		r.ended = true
	default:
		r.lost = true
	}
	mask := r.mask()
	e.lo, e.hi = e.lo&mask, e.hi&mask
	r.entry = e
	return has
}

// expr reads the expression of the entry.
func (r *rangeReader) expr() bool {
	var n uint64
	if r.format.sized == exprU16 {
		if len(r.p) < 2 {
			r.err = ErrShort
			return false
		}
		n = uint64(r.c.Order.Uint16(r.p))
		r.p = r.p[2:]
	} else {
		n = r.uleb()
	}
	if r.err == nil && n > uint64(len(r.p)) {
		r.err = ErrShort
	}
	if r.err != nil {
		return false
	}
	r.entry.expr, r.p = r.p[:n:n], r.p[n:]
	return true
}

// mask has the bits of an address.
func (r *rangeReader) mask() uint64 { return ^uint64(0) >> (64 - 8*r.c.AddrSize) }

func (r *rangeReader) addr() uint64 {
	if len(r.p) < r.c.AddrSize {
		r.p, r.err = nil, ErrShort
		return 0
	}
	a := r.c.addr(r.p)
	r.p = r.p[r.c.AddrSize:]
	return a
}

func (r *rangeReader) uleb() uint64 {
	v, n, ok := fullULEB(r.p, 0)
	if !ok {
		r.p, r.err = nil, ErrShort
		return 0
	}
	r.p = r.p[n:]
	return v
}

// length reads a length or an offset.
func (r *rangeReader) length() uint64 {
	if !r.format.fixed {
		return r.uleb()
	}
	if len(r.p) < 4 {
		r.p, r.err = nil, ErrShort
		return 0
	}
	v := r.c.Order.Uint32(r.p)
	r.p = r.p[4:]
	return uint64(v)
}

// indexed reads an index and returns the address that it stands for. An index that the table
// does not have ends the list.
func (r *rangeReader) indexed() uint64 {
	i := r.uleb()
	addr, ok := uint64(0), false
	if r.err == nil && r.at.Index != nil {
		addr, ok = r.at.Index(i)
	}
	if r.err == nil && !ok {
		r.lost = true
	}
	return addr
}
