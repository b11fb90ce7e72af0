package location

import (
	"encoding/binary"
	"math"

	"github.com/go-delve/delve/pkg/dwarf/op"
)

// A Value says where a parameter's value is at one address, or what it is. The zero Value
// says that nothing is known. Unlike Facts, which follow pahole's questions, it is exact:
// what cannot be said in one of its forms is unknown.
type Value struct {
	Kind ValueKind
	// Negative says that Number is a negative constant, in two's complement.
	Negative bool
	// Reg is the DWARF number of a register, or FrameBase.
	Reg uint32
	// Number is the constant or the address, or, in two's complement, the offset.
	Number uint64
}

// ValueKind is the form of a Value.
type ValueKind uint8

const (
	Unknown      ValueKind = iota
	Constant               // the value is Number
	Address                // the value is the address Number
	Register               // the value is in Reg
	RegisterPlus           // the value is Reg plus Number
	Memory                 // the value is in memory, at Reg plus Number
)

// FrameBase stands for the frame base of the function in place of a register
// (linux/btf.h numbers it so).
const FrameBase = math.MaxUint32

// Value returns the value that an expression describes, DWARF 5, 2.5 and 2.6: one operation, or
// one followed by DW_OP_stack_value. A constant or an address without the latter is where in
// memory the value stands, which BTF has no form for. What was the value at the entry of the
// function is not the value at another address.
func (c *Context) Value(expr []byte) Value {
	if len(expr) == 0 || !c.validAddrSize() {
		return Value{}
	}
	o, next, ok := c.next(expr, 0)
	if !ok {
		return Value{}
	}
	computed := false // the result is the value itself
	if rest := expr[next:]; len(rest) > 0 {
		if len(rest) > 1 || op.Opcode(rest[0]) != op.DW_OP_stack_value {
			return Value{}
		}
		computed = true
	}
	arg := operand{c: c, p: expr[1:next]}
	var v Value
	switch code := o.code; {
	case isReg(code):
		v = Value{Kind: Register, Reg: uint32(code - op.DW_OP_reg0)}
	case code == op.DW_OP_regx:
		v = Value{Kind: Register, Reg: arg.register()}
	case isBreg(code):
		return arg.based(uint32(code-op.DW_OP_breg0), computed)
	case code == op.DW_OP_bregx:
		return arg.based(arg.register(), computed)
	case code == op.DW_OP_fbreg:
		return arg.based(FrameBase, computed)
	case code == op.DW_OP_implicit_value:
		v = c.Bytes(expr[o.lo:o.hi])
	default:
		if !computed {
			return Value{}
		}
		return arg.computed(code)
	}
	if computed || arg.bad {
		return Value{}
	}
	return v
}

// Bytes returns the constant that has these bytes in memory. More than eight have no form.
func (c *Context) Bytes(p []byte) Value {
	if len(p) == 0 || len(p) > 8 {
		return Value{}
	}
	v := Value{Kind: Constant}
	for i := range p {
		b := p[i]
		if c.bigEndian() {
			v.Number = v.Number<<8 | uint64(b)
		} else {
			v.Number |= uint64(b) << (8 * i)
		}
	}
	return v
}

func (c *Context) bigEndian() bool { return c.Order == binary.ByteOrder(binary.BigEndian) }

// operand reads the operands of an operation. A number that is cut off makes it bad.
type operand struct {
	c   *Context
	p   []byte
	bad bool
}

// based is a value relative to a register.
func (a *operand) based(reg uint32, computed bool) Value {
	off := uint64(a.sleb())
	switch {
	case a.bad:
		return Value{}
	case !computed:
		return Value{Kind: Memory, Reg: reg, Number: off}
	case off == 0:
		return Value{Kind: Register, Reg: reg}
	}
	return Value{Kind: RegisterPlus, Reg: reg, Number: off}
}

// computed is what an operation with a constant result pushes.
func (a *operand) computed(code op.Opcode) Value {
	v := Value{Kind: Constant}
	signed := false
	switch {
	case code >= op.DW_OP_lit0 && code <= op.DW_OP_lit31:
		v.Number = uint64(code - op.DW_OP_lit0)
	case code == op.DW_OP_constu:
		v.Number = a.uleb()
	case code == op.DW_OP_consts:
		v.Number, signed = uint64(a.sleb()), true
	case code == op.DW_OP_const1u, code == op.DW_OP_const2u, code == op.DW_OP_const4u, code == op.DW_OP_const8u:
		v.Number = a.c.Bytes(a.p).Number
	case code == op.DW_OP_const1s, code == op.DW_OP_const2s, code == op.DW_OP_const4s, code == op.DW_OP_const8s:
		v.Number, signed = signExtend(a.c.Bytes(a.p).Number, len(a.p)), true
	case code == op.DW_OP_addr:
		v.Kind, v.Number = Address, a.c.Bytes(a.p).Number
	default:
		return Value{}
	}
	if a.bad {
		return Value{}
	}
	v.Negative = signed && int64(v.Number) < 0
	return v
}

// signExtend returns a number of size bytes as one of eight.
func signExtend(n uint64, size int) uint64 {
	shift := 64 - 8*size
	return uint64(int64(n<<shift) >> shift)
}

// register reads the number of a register.
func (a *operand) register() uint32 {
	n := a.uleb()
	if n >= FrameBase {
		a.bad = true
	}
	return uint32(n)
}

func (a *operand) uleb() uint64 {
	var v uint64
	for i, b := range a.p {
		if i == maxLEB || i == maxLEB-1 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			a.p = a.p[i+1:]
			return v
		}
	}
	a.bad = true
	return 0
}

func (a *operand) sleb() int64 {
	var v int64
	for i, b := range a.p {
		if i == maxLEB || i == maxLEB-1 && b != 0 && b != 0x7f {
			break
		}
		v |= int64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b&0x40 != 0 && i < maxLEB-1 {
				v |= -1 << (7 * (i + 1))
			}
			a.p = a.p[i+1:]
			return v
		}
	}
	a.bad = true
	return 0
}
