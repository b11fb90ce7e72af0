package location

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/go-delve/delve/pkg/dwarf/op"
)

var dwarf5 = Context{AddrSize: 8, Version: 5, Order: binary.LittleEndian, Convention: amd64}

var amd64 = ConventionOf(elf.EM_X86_64)

// TestOperandsAgreeWithDelve takes an operation with zeros for operands and a
// lit31 after them: both decoders have to see exactly these two.
func TestOperandsAgreeWithDelve(t *testing.T) {
	// delve reads an address of 8 bytes and a reference of 4, as this unit has.
	for code := range 0x100 {
		var first bytes.Buffer
		op.PrettyPrint(&first, []byte{byte(code)}, nil)
		if !strings.HasPrefix(first.String(), "DW_OP_") || op.Opcode(code) == op.DW_OP_implicit_value {
			continue // unknown to delve; implicit_value has a block
		}
		expr := append([]byte{byte(code)}, make([]byte, 16)...)
		_, n, ok := dwarf5.next(expr, 0)
		if !ok {
			t.Errorf("%#x: delve knows it, we do not", code)
			continue
		}
		expr = append(expr[:n], byte(op.DW_OP_lit31))
		var out bytes.Buffer
		op.PrettyPrint(&out, expr, nil)
		if s := strings.TrimSpace(out.String()); strings.Count(s, "DW_OP_") != 2 || !strings.HasSuffix(s, "DW_OP_lit31") {
			t.Errorf("%#x: delve reads % x as %q", code, expr, s)
		}
	}
}

func TestOperandLengths(t *testing.T) {
	dwarf64 := Context{AddrSize: 8, Version: 4, Is64: true, Order: binary.LittleEndian, Convention: amd64}
	dwarf2 := Context{AddrSize: 8, Version: 2, Order: binary.LittleEndian, Convention: amd64}
	small := Context{AddrSize: 4, Version: 5, Order: binary.LittleEndian, Convention: amd64}
	for _, tc := range []struct {
		name string
		c    *Context
		expr []byte
		want int // 0: refused
	}{
		{"implicit_value has a block", &dwarf5, []byte{0x9e, 2, 7, 7, 0x30}, 4},
		{"block past the end", &dwarf5, []byte{0x9e, 3, 7, 7}, 0},
		{"block of 2^64-1 bytes", &dwarf5, []byte{0x9e, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 7}, 0},
		{"entry_value has a block", &dwarf5, []byte{0xa3, 1, 0x55}, 3},
		{"GNU_entry_value has a block", &dwarf5, []byte{0xf3, 1, 0x55}, 3},
		{"implicit_pointer: reference of a 32-bit unit", &dwarf5, []byte{0xa0, 1, 2, 3, 4, 0}, 6},
		{"implicit_pointer: reference of a 64-bit unit", &dwarf64, []byte{0xf2, 1, 2, 3, 4, 5, 6, 7, 8, 0}, 10},
		{"implicit_pointer: DWARF 2 has references of an address's size", &dwarf2, []byte{0xf2, 1, 2, 3, 4, 5, 6, 7, 8, 0}, 10},
		{"implicit_pointer without offset", &dwarf5, []byte{0xa0, 1, 2, 3, 4}, 0},
		{"GNU_variable_value", &dwarf5, []byte{0xfd, 1, 2, 3, 4}, 5},
		{"addr of 8 bytes", &dwarf5, []byte{3, 1, 2, 3, 4, 5, 6, 7, 8}, 9},
		{"addr of 4 bytes", &small, []byte{3, 1, 2, 3, 4, 5}, 5},
		{"addr cut off", &dwarf5, []byte{3, 1, 2, 3, 4, 5, 6, 7}, 0},
		{"const_type has a one-byte length", &dwarf5, []byte{0xa4, 0x80, 1, 2, 9, 9, 0x30}, 6},
		{"const_type cut off", &dwarf5, []byte{0xf4, 0x80, 1, 2, 9}, 0},
		{"deref_type", &dwarf5, []byte{0xa6, 4, 0x81, 1}, 4},
		{"deref_type without type", &dwarf5, []byte{0xf6, 4}, 0},
		{"regval_type", &dwarf5, []byte{0xa5, 1, 0x81, 1}, 4},
		{"regval_type without type", &dwarf5, []byte{0xf5, 1}, 0},
		{"convert", &dwarf5, []byte{0xa8, 0x81, 1}, 3},
		{"reinterpret", &dwarf5, []byte{0xf9, 0x81, 1}, 3},
		{"addrx", &dwarf5, []byte{0xa1, 0x81, 1}, 3},
		{"constx", &dwarf5, []byte{0xa2, 0x81, 1}, 3},
		{"GNU_parameter_ref", &dwarf5, []byte{0xfa, 1, 2, 3, 4}, 5},
		{"GNU_push_tls_address", &dwarf5, []byte{0xe0}, 1},
		{"GNU_uninit", &dwarf5, []byte{0xf0}, 1},
		{"a LEB128 number cut off is taken", &dwarf5, []byte{0x10, 0x80}, 2},
		{"a LEB128 number that is missing is taken", &dwarf5, []byte{0x10}, 1},
		{"a LEB128 number ends after ten bytes", &dwarf5, []byte{0x10, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1}, 11},
		{"no such operation", &dwarf5, []byte{0x04}, 0},
		{"GNU_encoded_addr is not known to libdw", &dwarf5, []byte{0xf1, 0}, 0},
		{"lo_user without meaning", &dwarf5, []byte{0xe1}, 0},
	} {
		_, n, ok := tc.c.next(tc.expr, 0)
		if ok != (tc.want != 0) || ok && n != tc.want {
			t.Errorf("%s: % x: next %d, ok %v; want %d", tc.name, tc.expr, n, ok, tc.want)
		}
	}
}

func TestULEB(t *testing.T) {
	for _, tc := range []struct {
		in   []byte
		want uint64
		next int
	}{
		{[]byte{0}, 0, 1},
		{[]byte{0x7f}, 127, 1},
		{[]byte{0xe5, 0x8e, 0x26, 1}, 624485, 3},
		{[]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 1<<64 - 1, 10},
		{[]byte{0x81}, 1<<64 - 1, 1},
		{nil, 1<<64 - 1, 0},
		{bytes.Repeat([]byte{0x80}, 12), 1<<64 - 1, 10},
	} {
		if v, next := uleb(tc.in, 0); v != tc.want || next != tc.next {
			t.Errorf("uleb(% x) = %d, %d; want %d, %d", tc.in, v, next, tc.want, tc.next)
		}
	}
}
