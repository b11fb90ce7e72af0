package location

import (
	"encoding/binary"
	"math"

	"github.com/go-delve/delve/pkg/dwarf/op"
)

// Context is what the reading of locations needs to know of a unit.
type Context struct {
	AddrSize int  // of the unit, in bytes; other than 4 and 8 no location is read
	Is64     bool // the unit is 64-bit DWARF
	Version  int  // of the unit; 5 and later have .debug_loclists
	Order    binary.ByteOrder
	Split    bool // the unit is in a .dwo or .dwp file

	// Convention is that of the file's machine. It is not nil.
	Convention *Convention

	// Listed is where the last entry that List looked at begins, or how much ValueAt and
	// FirstAddress read, in bytes.
	Listed int
}

// maxLEB is the most bytes libdw reads for a number of 64 bits.
const maxLEB = 10

// uleb reads a ULEB128 number at p[i:] and returns the index after it. Like
// libdw it accepts a number that p ends in, or that has more than ten bytes, as
// all ones.
func uleb(p []byte, i int) (v uint64, next int) {
	if i < len(p) && p[i] < 0x80 {
		return uint64(p[i]), i + 1
	}
	for n := range maxLEB {
		if i >= len(p) {
			return math.MaxUint64, i
		}
		b := p[i]
		i++
		v |= uint64(b&0x7f) << (7 * n)
		if b < 0x80 {
			return v, i
		}
	}
	return math.MaxUint64, i
}

// operation is one decoded operation.
type operation struct {
	code op.Opcode
	// number is the first unsigned operand where the rules ask for it: the
	// size of a piece in bytes.
	number uint64
	// lo and hi delimit the block of an entry value in the expression.
	lo, hi int
}

// next decodes the operation at p[i:], i < len(p), and returns the index of
// the one after it. It is not ok if libdw would refuse it.
func (c *Context) next(p []byte, i int) (o operation, next int, ok bool) {
	o.code = op.Opcode(p[i])
	i++
	switch operandsOf[o.code&0xff] {
	case noOperand:
	case one:
		i++
	case two:
		i += 2
	case four:
		i += 4
	case eight:
		i += 8
	case address:
		i += c.AddrSize
	case reference:
		i += c.refSize()
	case leb:
		o.number, i = uleb(p, i)
	case lebLeb:
		o.number, i = uleb(p, i)
		if i >= len(p) {
			return o, i, false
		}
		_, i = uleb(p, i)
	case block:
		o.number, i = uleb(p, i)
		if uint64(len(p)-i) < o.number {
			return o, i, false
		}
		o.lo = i
		i += int(o.number)
		o.hi = i
	case refLeb:
		i += c.refSize()
		if i >= len(p) {
			return o, i, false
		}
		_, i = uleb(p, i)
	case oneLeb:
		if i+1 >= len(p) {
			return o, i, false
		}
		_, i = uleb(p, i+1)
	case lebOneBlock:
		_, i = uleb(p, i)
		if i >= len(p) {
			return o, i, false
		}
		i += 1 + int(p[i])
	default:
		return o, i, false
	}
	return o, i, i <= len(p)
}

// refSize is the size of a reference to .debug_info: DWARF 2 took that of an
// address (DWARF 3, 7.5.4).
func (c *Context) refSize() int {
	switch {
	case c.Version == 2:
		return c.AddrSize
	case c.Is64:
		return 8
	}
	return 4
}

// summary is what one pass over an expression tells: enough for every rule
// except that for pieces, which needs a second pass.
type summary struct {
	n          int       // operations
	first      operation //
	last       op.Opcode
	stackValue bool // a DW_OP_stack_value comes after the first operation
}

// summarize decodes all of p. It is not ok if libdw refuses the expression.
func (c *Context) summarize(p []byte) (s summary, ok bool) {
	for i := 0; i < len(p); {
		o, next, ok := c.next(p, i)
		if !ok {
			return s, false
		}
		if s.n == 0 {
			s.first = o
		} else if o.code == op.DW_OP_stack_value {
			s.stackValue = true
		}
		s.last = o.code
		s.n++
		i = next
	}
	return s, true
}
