package location

import "github.com/go-delve/delve/pkg/dwarf/op"

// Param returns the facts of a parameter of the given type size (in bytes) of
// which no location is known.
func (c *Context) Param(typeSize uint64) Facts {
	f := Facts{Size: uint16(typeSize)}
	if int(f.Size) > c.Convention.perValue()*c.AddrSize {
		f.Flags |= InMemory
	}
	return f
}

// reset makes f the facts of a parameter whose location is about to be read.
// HasConst and Member, which come from the caller, stay.
func (c *Context) reset(f *Facts, typeSize uint64) {
	keep, member := f.Flags&HasConst, f.Member
	*f = c.Param(typeSize)
	f.Flags |= keep | HasLoc
	f.Member = member
}

// Expr computes the facts of a parameter whose DW_AT_location is the single
// expression expr, replacing what f said of location and size. typeSize is in
// bytes, 0 if the type has none.
//
// From DWARF 4 on libdw takes a location of a DW_FORM_block form for no
// location at all: pass nil then.
func (c *Context) Expr(f *Facts, expr []byte, typeSize uint64) {
	c.reset(f, typeSize)
	if c.validAddrSize() {
		c.entry(f, expr, 0)
	}
}

func (c *Context) validAddrSize() bool { return c.AddrSize == 4 || c.AddrSize == 8 }

// entry adds entry k of a location to f: a single expression is entry 0. It
// returns false if libdw refuses the expression (pahole 1.32:
// parameter__decode_location).
func (c *Context) entry(f *Facts, expr []byte, k int) bool {
	if len(expr) == 0 {
		return true
	}
	s, ok := c.summarize(expr)
	if !ok {
		return false
	}
	// Two operations of which the second is stack_value are judged by the
	// first alone.
	sv := s.n == 2 && s.last == op.DW_OP_stack_value
	if s.n > 1 && !sv {
		c.several(f, expr, &s, k)
		return true
	}
	switch code := s.first.code; {
	case isReg(code):
		if k == 0 {
			f.setReg(uint8(code - op.DW_OP_reg0))
		}
	case isBreg(code):
		if k == 0 && sv {
			f.setReg(uint8(code - op.DW_OP_breg0))
		}
	case code == op.DW_OP_fbreg:
		if k == 0 {
			f.Flags |= OnStack
		}
	case isConst(code):
		if k == 0 {
			f.Flags |= LocConst
		}
	case code == opEntryValue || code == opGNUEntryValue:
		// The value at the entry of the function is as good as a first
		// location, wherever in the list it stands.
		if inner := expr[s.first.lo:s.first.hi]; len(inner) == 1 && isReg(op.Opcode(inner[0])) {
			f.setReg(inner[0] - uint8(op.DW_OP_reg0))
		}
	}
	return true
}

// several adds an expression of more than one operation (pahole 1.32:
// parameter__multi_exprs).
func (c *Context) several(f *Facts, expr []byte, s *summary, k int) {
	code := s.first.code
	switch {
	case isConst(code):
		if k == 0 {
			f.Flags |= LocConst
		}
	case int(f.Size) <= c.AddrSize || c.Convention.OneRegister:
		if k != 0 {
			return
		}
		if isReg(code) {
			f.setReg(uint8(code - op.DW_OP_reg0))
		} else if isBreg(code) && s.stackValue {
			f.setReg(uint8(code - op.DW_OP_breg0))
		}
	default:
		c.pieces(f, expr)
	}
}

// pieces notes at which offsets of an aggregate the parts begin that are held
// somewhere, and the first register of them. A piece operation ends a part, so
// its bit is that of the offset before it; leading pieces without a location
// only move the offset, but later ones set a bit all the same (pahole 1.32).
func (c *Context) pieces(f *Facts, expr []byte) {
	w := int32(c.AddrSize)
	off := int32(0) // pahole counts in 32 bits too
	for i := 0; i < len(expr); {
		o, next, ok := c.next(expr, i)
		if !ok {
			return // summarize has seen it all: cannot happen
		}
		switch {
		case o.code == op.DW_OP_piece && i == 0:
			off = int32(o.number)
		case o.code == op.DW_OP_piece:
			if off < w {
				setBit(&f.Mask1, off)
			} else {
				setBit(&f.Mask2, off-w)
			}
			off += int32(o.number)
		case isReg(o.code):
			f.setReg(uint8(o.code - op.DW_OP_reg0))
		}
		i = next
	}
}

// setBit ignores offsets a mask has no bit for.
func setBit(mask *uint64, off int32) {
	if off >= 0 && off < 64 {
		*mask |= 1 << off
	}
}
