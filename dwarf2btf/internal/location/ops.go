package location

import "github.com/go-delve/delve/pkg/dwarf/op"

// Operations that delve's table, which ends with DWARF 4, does not have
// (DWARF 5, 7.7.1; GNU extensions: gcc, include/dwarf2.def).
const (
	opImplicitPointer    op.Opcode = 0xa0
	opAddrx              op.Opcode = 0xa1
	opConstx             op.Opcode = 0xa2
	opEntryValue         op.Opcode = 0xa3
	opConstType          op.Opcode = 0xa4
	opRegvalType         op.Opcode = 0xa5
	opDerefType          op.Opcode = 0xa6
	opXderefType         op.Opcode = 0xa7
	opConvert            op.Opcode = 0xa8
	opReinterpret        op.Opcode = 0xa9
	opGNUPushTLSAddress  op.Opcode = 0xe0
	opGNUUninit          op.Opcode = 0xf0
	opGNUImplicitPointer op.Opcode = 0xf2
	opGNUEntryValue      op.Opcode = 0xf3
	opGNUConstType       op.Opcode = 0xf4
	opGNURegvalType      op.Opcode = 0xf5
	opGNUDerefType       op.Opcode = 0xf6
	opGNUConvert         op.Opcode = 0xf7
	opGNUReinterpret     op.Opcode = 0xf9
	opGNUParameterRef    op.Opcode = 0xfa
	opGNUAddrIndex       op.Opcode = 0xfb
	opGNUConstIndex      op.Opcode = 0xfc
	opGNUVariableValue   op.Opcode = 0xfd
)

// operands is the shape of what follows an opcode.
type operands uint8

const (
	unknownOp   operands = iota // not an operation libdw knows
	noOperand                   //
	one                         // 1 byte
	two                         // 2 bytes
	four                        // 4 bytes
	eight                       // 8 bytes
	address                     // an address of the unit
	reference                   // an offset into .debug_info
	leb                         // one LEB128 number
	lebLeb                      // two LEB128 numbers
	block                       // ULEB128 length and that many bytes
	refLeb                      // an offset into .debug_info, one LEB128 number
	oneLeb                      // 1 byte, one ULEB128 number
	lebOneBlock                 // one ULEB128 number, 1 byte length and that many bytes
)

// operandsOf has the operands of every operation libdw accepts; it refuses an
// expression with any other opcode (libdw: __libdw_intern_expression).
var operandsOf = func() (t [256]operands) {
	set := func(o operands, ops ...op.Opcode) {
		for _, c := range ops {
			t[c] = o
		}
	}
	fill := func(o operands, first, last op.Opcode) {
		for c := first; c <= last; c++ {
			t[c] = o
		}
	}
	set(noOperand, op.DW_OP_deref, op.DW_OP_dup, op.DW_OP_drop, op.DW_OP_over,
		op.DW_OP_swap, op.DW_OP_rot, op.DW_OP_xderef, op.DW_OP_abs, op.DW_OP_and,
		op.DW_OP_div, op.DW_OP_minus, op.DW_OP_mod, op.DW_OP_mul, op.DW_OP_neg,
		op.DW_OP_not, op.DW_OP_or, op.DW_OP_plus, op.DW_OP_shl, op.DW_OP_shr,
		op.DW_OP_shra, op.DW_OP_xor, op.DW_OP_eq, op.DW_OP_ge, op.DW_OP_gt,
		op.DW_OP_le, op.DW_OP_lt, op.DW_OP_ne, op.DW_OP_nop,
		op.DW_OP_push_object_address, op.DW_OP_call_frame_cfa,
		op.DW_OP_form_tls_address, op.DW_OP_stack_value,
		opGNUPushTLSAddress, opGNUUninit)
	fill(noOperand, op.DW_OP_lit0, op.DW_OP_lit31)
	fill(noOperand, op.DW_OP_reg0, op.DW_OP_reg31)
	fill(leb, op.DW_OP_breg0, op.DW_OP_breg31)
	set(one, op.DW_OP_const1u, op.DW_OP_const1s, op.DW_OP_pick,
		op.DW_OP_deref_size, op.DW_OP_xderef_size)
	set(two, op.DW_OP_const2u, op.DW_OP_const2s, op.DW_OP_skip, op.DW_OP_bra,
		op.DW_OP_call2)
	set(four, op.DW_OP_const4u, op.DW_OP_const4s, op.DW_OP_call4, opGNUParameterRef)
	set(eight, op.DW_OP_const8u, op.DW_OP_const8s)
	set(address, op.DW_OP_addr)
	set(reference, op.DW_OP_call_ref, opGNUVariableValue)
	set(leb, op.DW_OP_constu, op.DW_OP_consts, op.DW_OP_plus_uconst,
		op.DW_OP_regx, op.DW_OP_fbreg, op.DW_OP_piece, opConvert, opGNUConvert,
		opReinterpret, opGNUReinterpret, opAddrx, opGNUAddrIndex, opConstx,
		opGNUConstIndex)
	set(lebLeb, op.DW_OP_bregx, op.DW_OP_bit_piece, opRegvalType, opGNURegvalType)
	set(block, op.DW_OP_implicit_value, opEntryValue, opGNUEntryValue)
	set(refLeb, opImplicitPointer, opGNUImplicitPointer)
	set(oneLeb, opDerefType, opGNUDerefType, opXderefType)
	set(lebOneBlock, opConstType, opGNUConstType)
	return t
}()

func isReg(o op.Opcode) bool  { return o >= op.DW_OP_reg0 && o <= op.DW_OP_reg31 }
func isBreg(o op.Opcode) bool { return o >= op.DW_OP_breg0 && o <= op.DW_OP_breg31 }

// isConst reports whether an expression that begins with o is taken for a
// constant. The const1u family is not: compilers write constu and consts.
func isConst(o op.Opcode) bool {
	return o >= op.DW_OP_lit0 && o <= op.DW_OP_lit31 || o == op.DW_OP_constu || o == op.DW_OP_consts
}
