package dwarftest

import "fmt"

// An Expr is a location expression in pieces: Op bytes, ULEB and SLEB numbers, Addr values of the size of an
// address, Fixed numbers, []byte as they are, and an Expr inside as a block with its length (as in entry_value).
type Expr []any

type (
	// Op is an operation code (DWARF 5, 7.7.1).
	Op byte
	// ULEB is an operand in unsigned LEB128.
	ULEB uint64
	// SLEB is an operand in signed LEB128.
	SLEB int64
	// Addr is an operand of the size of an address.
	Addr uint64
	// Fixed is an operand of Size bytes.
	Fixed struct {
		Size  int
		Value uint64
	}
)

// Operations that tests need by name; others are written as Op(n).
const (
	OpAddr          Op = 0x03
	OpDeref         Op = 0x06
	OpConst1u       Op = 0x08
	OpConstu        Op = 0x10
	OpConsts        Op = 0x11
	OpPlusUconst    Op = 0x23
	OpLit0          Op = 0x30 // to OpLit0+31
	OpReg0          Op = 0x50 // to OpReg0+31
	OpBreg0         Op = 0x70 // to OpBreg0+31
	OpRegx          Op = 0x90
	OpFbreg         Op = 0x91
	OpBregx         Op = 0x92
	OpPiece         Op = 0x93
	OpCallFrameCFA  Op = 0x9c
	OpBitPiece      Op = 0x9d
	OpImplicitValue Op = 0x9e
	OpStackValue    Op = 0x9f
	OpAddrx         Op = 0xa1
	OpEntryValue    Op = 0xa3
	OpGNUEntryValue Op = 0xf3
)

func (u *unitWriter) expr(e Expr) ([]byte, error) {
	b := buffer{order: u.order}
	for _, part := range e {
		switch part := part.(type) {
		case Op:
			b.uint(1, uint64(part))
		case ULEB:
			b.uleb(uint64(part))
		case SLEB:
			b.sleb(int64(part))
		case Addr:
			b.uint(u.addrSize, uint64(part))
		case Fixed:
			b.uint(part.Size, part.Value)
		case []byte:
			b.bytes(part)
		case Expr:
			inner, err := u.expr(part)
			if err != nil {
				return nil, err
			}
			b.uleb(uint64(len(inner)))
			b.bytes(inner)
		default:
			return nil, fmt.Errorf("expression: part of type %T", part)
		}
	}
	return b.data, nil
}
