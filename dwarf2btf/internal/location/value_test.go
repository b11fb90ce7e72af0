package location

import (
	"debug/elf"
	"encoding/binary"
	"testing"
)

// contexts by name: byte order and size of addresses.
var valueContexts = map[string]*Context{
	"le64": {AddrSize: 8, Version: 5, Order: binary.LittleEndian, Convention: amd64},
	"be64": {AddrSize: 8, Version: 5, Order: binary.BigEndian, Convention: ConventionOf(elf.EM_S390)},
	"le32": {AddrSize: 4, Version: 4, Order: binary.LittleEndian, Convention: ConventionOf(elf.EM_ARM)},
	"be32": {AddrSize: 4, Version: 4, Order: binary.BigEndian, Convention: ConventionOf(elf.EM_MIPS)},
	"odd":  {AddrSize: 2, Version: 5, Order: binary.LittleEndian, Convention: amd64},
}

func TestValue(t *testing.T) {
	constant := func(n uint64) Value { return Value{Kind: Constant, Number: n} }
	negative := func(n int64) Value { return Value{Kind: Constant, Number: uint64(n), Negative: true} }
	reg := func(n uint32) Value { return Value{Kind: Register, Reg: n} }
	plus := func(r uint32, n int64) Value { return Value{Kind: RegisterPlus, Reg: r, Number: uint64(n)} }
	mem := func(r uint32, n int64) Value { return Value{Kind: Memory, Reg: r, Number: uint64(n)} }
	unknown := Value{}
	const sv = 0x9f
	for _, tc := range []struct {
		name string
		in   string // contexts; "" is all but the odd one
		expr []byte
		want Value
	}{
		{"reg0", "", []byte{0x50}, reg(0)},
		{"reg31", "", []byte{0x6f}, reg(31)},
		{"a register has no computed value", "", []byte{0x50, sv}, unknown},
		{"regx", "", []byte{0x90, 0x81, 0x02}, reg(257)},
		{"regx of more than a register's number", "", []byte{0x90, 0xff, 0xff, 0xff, 0xff, 0x0f}, unknown},
		{"regx cut off", "", []byte{0x90, 0x81}, unknown},
		{"breg5 + 16 is in memory", "", []byte{0x75, 16}, mem(5, 16)},
		{"breg5 - 16", "", []byte{0x75, 0x70}, mem(5, -16)},
		{"breg5 + 0", "", []byte{0x75, 0}, mem(5, 0)},
		{"breg5 + 16, stack_value is a sum", "", []byte{0x75, 16, sv}, plus(5, 16)},
		{"breg5 - 128, stack_value", "", []byte{0x75, 0x80, 0x7f, sv}, plus(5, -128)},
		{"breg5 + 0, stack_value is the register", "", []byte{0x75, 0, sv}, reg(5)},
		{"breg cut off", "", []byte{0x75, 0x80}, unknown},
		{"bregx", "", []byte{0x92, 40, 8}, mem(40, 8)},
		{"bregx, stack_value", "", []byte{0x92, 40, 8, sv}, plus(40, 8)},
		{"fbreg - 32", "", []byte{0x91, 0x60}, mem(FrameBase, -32)},
		{"fbreg - 32, stack_value", "", []byte{0x91, 0x60, sv}, plus(FrameBase, -32)},
		{"lit0", "", []byte{0x30, sv}, constant(0)},
		{"lit31", "", []byte{0x4f, sv}, constant(31)},
		{"a number alone is an address in memory", "", []byte{0x30}, unknown},
		{"const1u", "", []byte{0x08, 0xff, sv}, constant(255)},
		{"const1s", "", []byte{0x09, 0xff, sv}, negative(-1)},
		{"const1s of a positive number", "", []byte{0x09, 0x7f, sv}, constant(127)},
		{"const2u", "le64 le32", []byte{0x0a, 0x34, 0x12, sv}, constant(0x1234)},
		{"const2u", "be64 be32", []byte{0x0a, 0x12, 0x34, sv}, constant(0x1234)},
		{"const2s", "le64 le32", []byte{0x0b, 0x00, 0x80, sv}, negative(-32768)},
		{"const2s", "be64 be32", []byte{0x0b, 0x80, 0x00, sv}, negative(-32768)},
		{"const4u", "le64 le32", []byte{0x0c, 1, 0, 0, 0x80, sv}, constant(0x80000001)},
		{"const4s", "be64 be32", []byte{0x0d, 0xff, 0xff, 0xff, 0xfe, sv}, negative(-2)},
		{"const8u", "le64", []byte{0x0e, 1, 2, 3, 4, 5, 6, 7, 0xf8, sv}, constant(0xf807060504030201)},
		{"const8s", "be64", []byte{0x0f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, sv}, negative(-1 << 32)},
		{"constu", "", []byte{0x10, 0xe5, 0x8e, 0x26, sv}, constant(624485)},
		{"constu of 64 bits", "", []byte{0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, sv}, constant(1<<64 - 1)},
		{"constu of more", "", []byte{0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, sv}, unknown},
		{"consts", "", []byte{0x11, 0x9b, 0xf1, 0x59, sv}, negative(-624485)},
		{"consts of 64 bits", "", []byte{0x11, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0x7f, sv}, negative(-1 << 63)},
		{"addr, stack_value", "le64", []byte{0x03, 0, 0, 0, 0x81, 255, 255, 255, 255, sv}, Value{Kind: Address, Number: 0xffffffff81000000}},
		{"addr, stack_value", "be32", []byte{0x03, 0x12, 0, 0, 0x81, sv}, Value{Kind: Address, Number: 0x12000081}},
		{"addr alone is in memory", "le64", []byte{0x03, 0, 0, 0, 0x81, 255, 255, 255, 255}, unknown},
		{"addr cut off", "le64", []byte{0x03, 0, 0, 0, 0x81, sv}, unknown},
		{"implicit_value", "le64 le32", []byte{0x9e, 2, 0x34, 0x12}, constant(0x1234)},
		{"implicit_value", "be64 be32", []byte{0x9e, 2, 0x12, 0x34}, constant(0x1234)},
		{"implicit_value of sixteen bytes", "le64", append([]byte{0x9e, 16}, make([]byte, 16)...), unknown},
		{"implicit_value of none", "", []byte{0x9e, 0}, unknown},
		{"implicit_value and stack_value", "", []byte{0x9e, 1, 1, sv}, unknown},
		{"implicit_pointer: the pointer has no value", "le64", []byte{0xa0, 1, 2, 3, 4, 0}, unknown},
		{"entry_value is of another address", "le64", []byte{0xa3, 1, 0x55, sv}, unknown},
		{"GNU_entry_value", "le64", []byte{0xf3, 1, 0x55, sv}, unknown},
		{"pieces", "le64", []byte{0x50, 0x93, 8, 0x51, 0x93, 8}, unknown},
		{"arithmetic", "", []byte{0x75, 0, 0x23, 8, sv}, unknown},
		{"deref", "", []byte{0x75, 0, 0x06, sv}, unknown},
		{"call_frame_cfa", "", []byte{0x9c, sv}, unknown},
		{"addrx", "le64", []byte{0xa1, 1, sv}, unknown},
		{"uninitialized", "", []byte{0x50, 0xf0}, unknown},
		{"no such operation", "", []byte{0xe1}, unknown},
		{"nothing", "", nil, unknown},
		{"addresses of two bytes", "odd", []byte{0x50}, unknown},
	} {
		for _, in := range contextsOf(tc.in) {
			c := *valueContexts[in]
			if got := c.Value(tc.expr); got != tc.want {
				t.Errorf("%s: %s: % x: got %+v, want %+v", in, tc.name, tc.expr, got, tc.want)
			}
		}
	}
}

// contextsOf splits a list of contexts.
func contextsOf(list string) []string {
	if list == "" {
		list = "le64 be64 le32 be32"
	}
	var names []string
	for start, i := 0, 0; i <= len(list); i++ {
		if i == len(list) || list[i] == ' ' {
			names = append(names, list[start:i])
			start = i + 1
		}
	}
	return names
}

// lists builds lists by hand.
type lists struct {
	c *Context
	b []byte
}

func (l *lists) bytes(b ...byte) *lists { l.b = append(l.b, b...); return l }

func (l *lists) addr(addrs ...uint64) *lists {
	for _, a := range addrs {
		if l.c.AddrSize == 8 {
			l.b = l.c.Order.(binary.AppendByteOrder).AppendUint64(l.b, a)
		} else {
			l.b = l.c.Order.(binary.AppendByteOrder).AppendUint32(l.b, uint32(a))
		}
	}
	return l
}

func (l *lists) u16(n uint16) *lists {
	l.b = l.c.Order.(binary.AppendByteOrder).AppendUint16(l.b, n)
	return l
}

func (l *lists) u32(n uint32) *lists {
	l.b = l.c.Order.(binary.AppendByteOrder).AppendUint32(l.b, n)
	return l
}

// TestValueAt looks addresses up in lists of all formats: x is 0x1000, and reg1 is where the
// first entry says.
func TestValueAt(t *testing.T) {
	index := func(i uint64) (uint64, bool) { return 0x2000 + 0x100*i, i < 4 }
	const unlimited = ^uint64(0)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, size := range []int{4, 8} {
			old := &Context{AddrSize: size, Version: 4, Order: order, Convention: amd64}
			gnu := &Context{AddrSize: size, Version: 4, Order: order, Convention: amd64, Split: true}
			new := &Context{AddrSize: size, Version: 5, Order: order, Convention: amd64}
			mask := ^uint64(0) >> (64 - 8*size)
			l := func(c *Context) *lists { return &lists{c: c} }
			for _, tc := range []struct {
				name string
				l    *lists
				pc   uint64
				reg  int // -1: unknown
				base uint64
			}{
				{"old: the first", l(old).addr(0x10, 0x20).u16(1).bytes(0x51).addr(0x20, 0x30).u16(1).bytes(0x52).addr(0, 0), 0x1010, 1, 0x1000},
				{"old: the second begins where the first ends", l(old).addr(0x10, 0x20).u16(1).bytes(0x51).addr(0x20, 0x30).u16(1).bytes(0x52).addr(0, 0), 0x1020, 2, 0x1000},
				{"old: before", l(old).addr(0x10, 0x20).u16(1).bytes(0x51).addr(0, 0), 0x100f, -1, 0x1000},
				{"old: after", l(old).addr(0x10, 0x20).u16(1).bytes(0x51).addr(0, 0), 0x1020, -1, 0x1000},
				{"old: a base", l(old).addr(mask, 0x5000).addr(0x10, 0x20).u16(1).bytes(0x51).addr(0, 0), 0x5010, 1, 0x1000},
				{"old: an empty entry at the address", l(old).addr(0x10, 0x10).u16(1).bytes(0x51).addr(0x10, 0x20).u16(1).bytes(0x52).addr(0, 0), 0x1010, 1, 0x1000},
				{"old: an empty entry elsewhere", l(old).addr(0x11, 0x11).u16(1).bytes(0x51).addr(0x10, 0x20).u16(1).bytes(0x52).addr(0, 0), 0x1010, 2, 0x1000},
				{"old: an expression that is not understood", l(old).addr(0x10, 0x20).u16(1).bytes(0xe1).addr(0x10, 0x30).u16(1).bytes(0x52).addr(0, 0), 0x1010, -1, 0x1000},
				{"old: without an end", l(old).addr(0x10, 0x20).u16(1).bytes(0x51), 0x1020, -2, 0x1000},
				{"gnu: startx_length", l(gnu).bytes(3, 1).u32(0x20).u16(1).bytes(0x51).bytes(0), 0x2110, 1, 0},
				{"gnu: startx_endx", l(gnu).bytes(2, 1, 2).u16(1).bytes(0x51).bytes(0), 0x21ff, 1, 0},
				{"gnu: offset_pair after a base", l(gnu).bytes(1, 2, 4).u32(8).u32(16).u16(1).bytes(0x51).bytes(0), 0x2208, 1, 0},
				{"gnu: index without an address", l(gnu).bytes(3, 9).u32(0x20).u16(1).bytes(0x51).bytes(3, 1).u32(0x20).u16(1).bytes(0x52).bytes(0), 0x2110, -1, 0},
				{"new: offset_pair", l(new).bytes(4, 0x10, 0x20, 1, 0x51, 4, 0x20, 0x30, 1, 0x52, 0), 0x1020, 2, 0x1000},
				{"new: base_address", l(new).bytes(6).addr(0x7000).bytes(4, 0x10, 0x20, 1, 0x51, 0), 0x7010, 1, 0x1000},
				{"new: base_addressx", l(new).bytes(1, 3, 4, 0x10, 0x20, 1, 0x51, 0), 0x2310, 1, 0x1000},
				{"new: startx_endx", l(new).bytes(2, 0, 1, 1, 0x51, 0), 0x2000, 1, 0},
				{"new: startx_length", l(new).bytes(3, 0, 8, 1, 0x51, 0), 0x2007, 1, 0},
				{"new: startx_length ends before", l(new).bytes(3, 0, 8, 1, 0x51, 0), 0x2008, -1, 0},
				{"new: start_end", l(new).bytes(7).addr(0x10, 0x20).bytes(1, 0x51, 0), 0x10, 1, 0x1000},
				{"new: start_length", l(new).bytes(8).addr(0x10).bytes(0x10, 1, 0x51, 0), 0x1f, 1, 0x1000},
				{"new: default_location if no other has it", l(new).bytes(5, 1, 0x51, 4, 0x10, 0x20, 1, 0x52, 0), 0x1000, 1, 0x1000},
				{"new: default_location, and another has it", l(new).bytes(5, 1, 0x51, 4, 0x10, 0x20, 1, 0x52, 0), 0x1010, 2, 0x1000},
				{"new: view pairs say nothing", l(new).bytes(9, 1, 2, 4, 0x10, 0x20, 1, 0x51, 0), 0x1010, 1, 0x1000},
				{"new: an unknown entry ends it, default or not", l(new).bytes(5, 1, 0x51, 10, 4, 0x10, 0x20, 1, 0x52, 0), 0x1010, -1, 0x1000},
				{"new: without an end", l(new).bytes(4, 0x10, 0x20, 1, 0x51), 0x1020, -2, 0x1000},
				{"new: cut off in a number", l(new).bytes(4, 0x10, 0x80), 0x1010, -2, 0x1000},
				{"new: cut off in an expression", l(new).bytes(4, 0x10, 0x20, 2, 0x51), 0x1010, -2, 0x1000},
				{"new: a huge expression", l(new).bytes(4, 0x10, 0x20, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0x51), 0x1010, -2, 0x1000},
			} {
				c := *tc.l.c
				v, err := c.ValueAt(tc.l.b, tc.pc, &Addresses{Base: tc.base, Index: index})
				got := -1
				if v.Kind == Register {
					got = int(v.Reg)
				}
				if err == ErrShort {
					got = -2
				} else if err != nil {
					t.Error(err)
				}
				if got != tc.reg {
					t.Errorf("%v, %d bytes: %s: % x at %#x: got %d, want %d", order, size, tc.name, tc.l.b, tc.pc, got, tc.reg)
				}
			}
			for _, tc := range []struct {
				name string
				l    *lists
				base uint64
				want uint64 // unlimited: none
			}{
				{"old", l(old).addr(0x10, 0x20, 0, 0), 0x1000, 0x1010},
				{"old: an empty range is none", l(old).addr(0x10, 0x10, 0x30, 0x40, 0, 0), 0x1000, 0x1030},
				{"old: a base", l(old).addr(mask, 0x5000, 0x10, 0x20, 0, 0), 0x1000, 0x5010},
				{"old: none", l(old).addr(0, 0), 0x1000, unlimited},
				{"new: offset_pair", l(new).bytes(4, 0x10, 0x20, 0), 0x1000, 0x1010},
				{"new: base_address", l(new).bytes(5).addr(0x7000).bytes(4, 0x10, 0x20, 0), 0x1000, 0x7010},
				{"new: base_addressx", l(new).bytes(1, 3, 4, 0x10, 0x20, 0), 0x1000, 0x2310},
				{"new: startx_endx", l(new).bytes(2, 1, 2, 0), 0x1000, 0x2100},
				{"new: startx_length", l(new).bytes(3, 1, 2, 0), 0x1000, 0x2100},
				{"new: start_end", l(new).bytes(6).addr(0x10, 0x20).bytes(0), 0x1000, 0x10},
				{"new: start_length", l(new).bytes(7).addr(0x10).bytes(4, 0), 0x1000, 0x10},
				{"new: start_length of nothing", l(new).bytes(7).addr(0x10).bytes(0, 0), 0x1000, unlimited},
				{"new: not a kind of ranges", l(new).bytes(8).addr(0x10).bytes(4, 0), 0x1000, unlimited},
			} {
				c := *tc.l.c
				addr, ok, err := c.FirstAddress(tc.l.b, &Addresses{Base: tc.base, Index: index})
				if !ok {
					addr = unlimited
				}
				if err != nil || addr != tc.want {
					t.Errorf("%v, %d bytes: ranges: %s: got %#x, %v; want %#x", order, size, tc.name, addr, err, tc.want)
				}
			}
		}
	}
}

// FuzzValueAt: a list may be anything, and more bytes after its end change nothing.
func FuzzValueAt(f *testing.F) {
	f.Add([]byte{4, 0x10, 0x20, 1, 0x51, 0}, uint64(0x10), uint8(5), false, true)
	f.Add([]byte{3, 1, 2, 0, 0, 0, 1, 0, 0x51, 0}, uint64(0x10), uint8(4), true, true)
	f.Add(append(make([]byte, 16), 1, 0, 0x51), uint64(0), uint8(4), false, true)
	f.Fuzz(func(t *testing.T, list []byte, pc uint64, version uint8, split, wide bool) {
		c := Context{AddrSize: 4, Version: int(version % 6), Order: binary.LittleEndian, Convention: amd64, Split: split}
		if wide {
			c.AddrSize = 8
		}
		at := &Addresses{Base: 0x1000, Index: func(i uint64) (uint64, bool) { return i, i < 100 }}
		v, err := c.ValueAt(list, pc, at)
		if c.Listed > len(list) {
			t.Fatalf("read %d of %d bytes", c.Listed, len(list))
		}
		more, errMore := c.ValueAt(append(list[:len(list):len(list)], 0x55, 0x66), pc, at)
		if err == nil && (more != v || errMore != nil) {
			t.Fatalf("%+v becomes %+v, %v", v, more, errMore)
		}
		if err != nil && (err != ErrShort || v != Value{}) {
			t.Fatalf("%+v, %v", v, err)
		}
		_, _, _ = c.FirstAddress(list, at)
	})
}
