package location

import (
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// text shows facts the way the tables below spell them.
func (f *Facts) text() string {
	var s []string
	if r := f.Reg(); r != NoReg {
		s = append(s, fmt.Sprint("reg", r))
	}
	for _, x := range []struct {
		flag Flags
		name string
	}{{OnStack, "stack"}, {LocConst, "const"}, {InMemory, "memory"}, {HasConst, "hasconst"}} {
		if f.Flags&x.flag != 0 {
			s = append(s, x.name)
		}
	}
	if f.hasPieces() {
		s = append(s, fmt.Sprintf("%b/%b", f.Mask1, f.Mask2))
	}
	return strings.Join(s, " ")
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExpr(t *testing.T) {
	s390 := Context{AddrSize: 8, Version: 5, Order: binary.BigEndian, Convention: ConventionOf(elf.EM_S390)}
	arm := Context{AddrSize: 4, Version: 5, Order: binary.LittleEndian, Convention: amd64}
	for _, tc := range []struct {
		name string
		c    *Context
		expr string
		size uint64
		want string
	}{
		{"no operation", &dwarf5, "", 4, ""},
		{"reg alone", &dwarf5, "55", 4, "reg5"},
		{"regx is not looked at", &dwarf5, "90 05", 4, ""},
		{"xmm registers are not among 0 to 31", &dwarf5, "61", 8, "reg17"},
		{"breg alone is memory", &dwarf5, "75 00", 4, ""},
		{"breg and stack_value is the register", &dwarf5, "75 08 9f", 4, "reg5"},
		{"reg and stack_value", &dwarf5, "55 9f", 4, "reg5"},
		{"stack_value alone", &dwarf5, "9f", 4, ""},
		{"fbreg alone is the stack", &dwarf5, "91 00", 4, "stack"},
		{"fbreg and stack_value", &dwarf5, "91 00 9f", 4, "stack"},
		{"fbreg and deref is nothing", &dwarf5, "91 00 06", 4, ""},
		{"lit", &dwarf5, "33 9f", 4, "const"},
		{"lit alone", &dwarf5, "33", 4, "const"},
		{"constu", &dwarf5, "10 81 01 9f", 4, "const"},
		{"consts", &dwarf5, "11 7f 9f", 4, "const"},
		{"const1u is not a constant", &dwarf5, "08 05 9f", 4, ""},
		{"several that begin with a constant", &dwarf5, "33 12 22 9f", 4, "const"},
		{"the same, of an aggregate", &dwarf5, "33 9f 93 08 55 93 08", 16, "const"},
		{"entry_value of a register", &dwarf5, "a3 01 55 9f", 4, "reg5"},
		{"GNU_entry_value of a register", &dwarf5, "f3 01 55 9f", 4, "reg5"},
		{"entry_value alone", &dwarf5, "a3 01 55", 4, "reg5"},
		{"entry_value of two operations", &dwarf5, "a3 03 75 00 06 9f", 4, ""},
		{"entry_value of breg", &dwarf5, "a3 02 75 00 9f", 4, ""},
		{"entry_value of nothing", &dwarf5, "a3 00 9f", 4, ""},
		{"entry_value and more", &dwarf5, "a3 01 55 23 01 9f", 4, ""},
		{"several that begin with reg, small", &dwarf5, "55 93 04 93 04", 8, "reg5"},
		{"several that begin with breg and end with a value", &dwarf5, "75 00 08 ff 1a 9f", 4, "reg5"},
		{"several that begin with breg and are memory", &dwarf5, "77 10 06 06", 4, ""},
		{"several that begin otherwise", &dwarf5, "12 55 9f", 4, ""},
		{"two registers", &dwarf5, "55 93 08 54 93 08", 16, "reg5 1/1"},
		{"second word only: a leading piece moves the offset", &dwarf5, "93 08 54 93 08", 16, "reg4 0/1"},
		{"first word only: a trailing empty piece sets a bit", &dwarf5, "55 93 08 93 08", 16, "reg5 1/1"},
		{"first word only", &dwarf5, "55 93 08", 16, "reg5 1/0"},
		{"pieces of 4 bytes", &dwarf5, "55 93 04 93 04 54 93 04 93 04", 16, "reg5 10001/10001"},
		{"a middle member of the second word", &dwarf5, "93 0c 54 93 04", 16, "reg4 0/10000"},
		{"pieces in memory set bits too", &dwarf5, "91 00 93 08 93 08", 16, "1/1"},
		{"offsets a mask has no bit for", &dwarf5, "93 48 54 93 08", 80, "reg4 memory"},
		{"an offset of 63 of the second word", &dwarf5, "93 47 54 93 08", 80, "reg4 memory 0/" + "1" + strings.Repeat("0", 63)},
		{"piece sizes wrap at 32 bits", &dwarf5, "93 80 80 80 80 10 55 93 08", 16, "reg5 1/0"},
		{"negative offsets have no bit", &dwarf5, "93 ff ff ff ff 0f 55 93 08", 16, "reg5"},
		{"a size of 65536 and something loses its high bits", &dwarf5, "55", 65544, "reg5"},
		{"two words are not memory", &dwarf5, "55", 16, "reg5"},
		{"more than two words are memory", &dwarf5, "91 00", 17, "stack memory"},
		{"s390: more than one word is memory", &s390, "52", 16, "reg2 memory"},
		{"s390: no pieces", &s390, "52 93 08 53 93 08", 16, "reg2 memory"},
		{"32-bit: two words", &arm, "50 93 04 51 93 04", 8, "reg0 1/1"},
		{"32-bit: more than two words", &arm, "50 93 04 51 93 04", 12, "reg0 memory 1/1"},
		{"one bad operation spoils all", &dwarf5, "55 04", 4, ""},
		{"cut off", &dwarf5, "03 00 00", 4, ""},
	} {
		var f Facts
		tc.c.Expr(&f, unhex(t, tc.expr), tc.size)
		if got := f.text(); got != tc.want {
			t.Errorf("%s: %s, %d bytes: %q, want %q", tc.name, tc.expr, tc.size, got, tc.want)
		}
		if f.Flags&HasLoc == 0 || f.Size != uint16(tc.size) {
			t.Errorf("%s: %+v", tc.name, f)
		}
	}
}

func TestExprKeepsWhatTheCallerSet(t *testing.T) {
	f := Facts{Member: 3, Flags: HasConst, Mask1: 1}
	f.setReg(4)
	dwarf5.Expr(&f, nil, 8)
	if f.Member != 3 || f.Flags != HasConst|HasLoc || f.Mask1 != 0 || f.Reg() != NoReg {
		t.Errorf("%+v", f)
	}
}

func TestAddressSize(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 16, -8} {
		c := Context{AddrSize: n, Version: 4, Order: binary.LittleEndian, Convention: amd64}
		var f Facts
		c.Expr(&f, []byte{0x55}, 4)
		if err := c.List(&f, make([]byte, 64), 4); err != nil || f.Reg() != NoReg {
			t.Errorf("address size %d: %+v, %v", n, f, err)
		}
	}
}

// Lists as gcc 16 writes them for
//
//	int f(int x, int y) { g(x); return x + y; }
//
// and the like, views left out of the lists.
func TestList(t *testing.T) {
	loc8 := func(order binary.AppendByteOrder, lo, hi uint64, expr string) []byte {
		b := order.AppendUint64(nil, lo)
		b = order.AppendUint64(b, hi)
		e := unhex(t, expr)
		return append(order.AppendUint16(b, uint16(len(e))), e...)
	}
	end8 := make([]byte, 16)
	cat := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	le, be := binary.LittleEndian, binary.BigEndian
	dwarf4 := Context{AddrSize: 8, Version: 4, Order: le, Convention: amd64}
	dwarf4be := Context{AddrSize: 8, Version: 4, Order: be, Convention: amd64}
	arm4 := Context{AddrSize: 4, Version: 3, Order: le, Convention: amd64}
	for _, tc := range []struct {
		name string
		c    *Context
		list []byte
		size uint64
		want string
	}{
		{"empty, DWARF 4", &dwarf4, end8, 4, ""},
		{"the first entry counts", &dwarf4,
			cat(loc8(le, 0, 0x1a, "55"), loc8(le, 0x1a, 0x66, "59"), end8), 4, "reg5"},
		{"later registers do not", &dwarf4,
			cat(loc8(le, 0, 0x1a, "91 00"), loc8(le, 0x1a, 0x66, "59"), end8), 4, "stack"},
		{"an entry value does, wherever it stands", &dwarf4,
			cat(loc8(le, 0x90, 0x97, "77 10"), loc8(le, 0x97, 0xa3, "53"), loc8(le, 0xa3, 0xa4, "f3 01 55 9f"), end8), 4, "reg5"},
		{"the first register wins over an entry value", &dwarf4,
			cat(loc8(le, 0, 9, "54"), loc8(le, 9, 10, "f3 01 55 9f"), end8), 4, "reg4"},
		{"an empty expression counts as entry 0", &dwarf4,
			cat(loc8(le, 0, 9, ""), loc8(le, 9, 10, "54"), end8), 4, ""},
		{"a base address is no entry", &dwarf4,
			cat(le.AppendUint64(nil, 1<<64-1), le.AppendUint64(nil, 0x400000), loc8(le, 9, 10, "54"), end8), 4, "reg4"},
		{"a base address of all ones ends the list", &dwarf4,
			cat(loc8(le, 0, 9, "91 00"), le.AppendUint64(nil, 1<<64-1), le.AppendUint64(nil, 1<<64-1), loc8(le, 9, 10, "f3 01 55")), 4, "stack"},
		{"an expression libdw refuses ends the list", &dwarf4,
			cat(loc8(le, 0, 9, "91 00"), loc8(le, 9, 10, "04"), loc8(le, 9, 10, "f3 01 55")), 4, "stack"},
		{"pieces of all entries", &dwarf4,
			cat(loc8(le, 0, 9, "55 93 08"), loc8(le, 9, 10, "93 08 54 93 08"), end8), 16, "reg5 1/1"},
		{"big-endian", &dwarf4be,
			cat(loc8(be, 0x1000, 0x1009, "52"), end8), 4, "reg2"},
		{"4-byte addresses", &arm4,
			unhex(t, "ffffffff 00800000 00000000 04000000 0100 50 00000000 00000000"), 4, "reg0"},
		{"DWARF 5: empty", &dwarf5, unhex(t, "00"), 4, ""},
		{"DWARF 5: base_address, offset_pair", &dwarf5,
			unhex(t, "06 0000000000000000 04 00 1a 01 55 04 1a 66 01 59 00"), 4, "reg5"},
		{"DWARF 5: entry value in the last entry", &dwarf5,
			unhex(t, "06 9000000000000000 04 00 07 02 77 10 04 07 13 01 53 04 13 14 04 a3 01 55 9f 00"), 4, "reg5"},
		{"DWARF 5: start_length of an implicit pointer", &dwarf5,
			unhex(t, "08 0000000000000000 04 06 fa c6 03 00 00 9f 00"), 4, ""},
		{"DWARF 5: startx_endx, startx_length", &dwarf5, unhex(t, "02 00 01 01 55 03 00 05 01 54 00"), 4, "reg5"},
		{"DWARF 5: base_addressx", &dwarf5, unhex(t, "01 8101 04 00 05 01 54 00"), 4, "reg4"},
		{"DWARF 5: default_location is an entry", &dwarf5, unhex(t, "05 01 54 00"), 4, "reg4"},
		{"DWARF 5: start_end", &dwarf5, unhex(t, "07 0000000000000000 0100000000000000 01 54 00"), 4, "reg4"},
		{"DWARF 5: a view pair ends the list", &dwarf5, unhex(t, "04 00 1a 02 91 00 09 00 00 04 00 1a 03 a3 01 55 00"), 4, "stack"},
		{"DWARF 5: a refused expression ends the list", &dwarf5, unhex(t, "04 00 1a 01 04 04 00 1a 03 a3 01 55 00"), 4, ""},
		{"DWARF 5: a length of more than one byte", &dwarf5, unhex(t, "04 00 8102 8100 55 00"), 4, "reg5"},
	} {
		var f Facts
		if err := tc.c.List(&f, tc.list, tc.size); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if got := f.text(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if strings.Contains(tc.name, "ends the list") {
			continue // the rest of the bytes does not matter
		}
		// Any shorter window says so; with all bytes the facts are the same
		// again, whatever the failed attempts left behind.
		for n := range tc.list {
			if err := tc.c.List(&f, tc.list[:n:n], tc.size); !errors.Is(err, ErrShort) {
				t.Errorf("%s: the first %d of %d bytes: %v", tc.name, n, len(tc.list), err)
			}
		}
		longer := append(append([]byte{}, tc.list...), 0xff, 0x55)
		if err := tc.c.List(&f, longer, tc.size); err != nil || f.text() != tc.want {
			t.Errorf("%s: in a longer window: %q, %v", tc.name, f.text(), err)
		}
	}
}

// What stands before the end of the section counts: libdw gives up there.
func TestListShortKeepsEntries(t *testing.T) {
	var f Facts
	if err := dwarf5.List(&f, unhex(t, "04 00 1a 01 55 04 1a 66"), 4); !errors.Is(err, ErrShort) || f.text() != "reg5" {
		t.Errorf("%q, %v", f.text(), err)
	}
}

func TestPush(t *testing.T) {
	facts := func(expr string, size uint64) (f Facts) {
		dwarf5.Expr(&f, unhex(t, expr), size)
		return f
	}
	origin := dwarf5.Param(4)
	a, b, none := facts("55", 16), facts("91 00", 0), dwarf5.Param(0)
	a.Member, a.Mask1 = 7, 1
	a.Push(&origin)
	if got := origin.text(); got != "reg5 1/0" || origin.Size != 16 || origin.Member != 7 {
		t.Errorf("after the first: %q, %+v", got, origin)
	}
	b.Member, b.Mask2 = 8, 2
	b.Push(&origin)
	if got := origin.text(); got != "reg5 stack 1/10" || origin.Size != 16 || origin.Member != 7 {
		t.Errorf("what the second does not know stays: %q, %+v", got, origin)
	}
	before := origin
	none.Push(&origin)
	if origin != before {
		t.Errorf("a parameter that knows nothing changed %+v to %+v", before, origin)
	}
	c := facts("54", 32)
	c.Push(&origin)
	if got := origin.text(); got != "reg4 stack memory 1/10" || origin.Size != 32 {
		t.Errorf("the last register and size count: %q, %+v", got, origin)
	}
}

func TestTrueMemberOffset(t *testing.T) {
	for _, tc := range []struct {
		m1, m2 uint64
		off    uint64
		ok     bool
	}{
		{0, 0, 0, false},
		{1, 0, 0, true},
		{1 << 4, 0, 4, true},
		{0, 1, 8, true},
		{0, 1 << 4, 12, true},
		{1, 1, 0, false},
		{3, 0, 0, false},
		{0, 3, 0, false},
	} {
		f := Facts{Mask1: tc.m1, Mask2: tc.m2}
		if off, ok := f.TrueMemberOffset(8); off != tc.off || ok != tc.ok {
			t.Errorf("%b/%b: %d, %v; want %d, %v", tc.m1, tc.m2, off, ok, tc.off, tc.ok)
		}
	}
}

func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(Facts{}); n != 24 {
		t.Errorf("Facts has %d bytes; millions are kept at a time, keep it at 24", n)
	}
}

func FuzzExpr(f *testing.F) {
	for _, s := range []string{"55", "9100", "a301559f", "550803", "9308549308", "9e0277", "a0010203040", "750008ff1a9f"} {
		b, _ := hex.DecodeString(s)
		f.Add(b, uint64(16), byte(5), false)
	}
	f.Fuzz(func(t *testing.T, expr []byte, size uint64, version byte, oneRegister bool) {
		for _, addr := range []int{4, 8} {
			c := Context{AddrSize: addr, Version: int(version), Is64: size&1 != 0, Order: binary.LittleEndian, Convention: &Convention{OneRegister: oneRegister}}
			var got, again Facts
			c.Expr(&got, expr, size)
			again.Member, again.Mask1 = 0, size
			c.Expr(&again, expr, size)
			if got != again {
				t.Fatalf("%+v, then %+v", got, again)
			}
			if got.Reg() < NoReg || got.Reg() > 31 {
				t.Fatalf("register %d", got.Reg())
			}
			// A list of this one entry says the same.
			if len(expr) < 1<<16 {
				c.Version, c.Is64 = 4, false
				c.Expr(&got, expr, size)
				list := make([]byte, 2*addr)
				list[0] = 1
				list = binary.LittleEndian.AppendUint16(list, uint16(len(expr)))
				list = append(append(list, expr...), make([]byte, 2*addr)...)
				if err := c.List(&again, list, size); err != nil || got != again {
					t.Fatalf("expression %+v, list %+v, %v", got, again, err)
				}
			}
		}
	})
}

func FuzzList(f *testing.F) {
	for _, s := range []string{"06000000000000000004001a015504 1a66015900", "0800000000000000000406fac60300009f00", "050154"} {
		b, _ := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		f.Add(b, uint64(16), byte(5))
		f.Add(b, uint64(4), byte(4))
	}
	f.Fuzz(func(t *testing.T, list []byte, size uint64, version byte) {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, addr := range []int{4, 8} {
				c := Context{AddrSize: addr, Version: int(version), Order: order, Convention: amd64}
				var whole, part Facts
				err := c.List(&whole, list, size)
				if err != nil && !errors.Is(err, ErrShort) {
					t.Fatal(err)
				}
				// Whatever a shorter window makes of it: if it does not ask for
				// more, it has seen the same.
				if n := int(size % uint64(len(list)+1)); c.List(&part, list[:n:n], size) == nil && part != whole {
					t.Fatalf("the first %d bytes %+v, all %+v", n, part, whole)
				}
			}
		}
	})
}

func BenchmarkExpr(b *testing.B) {
	expr := []byte{0x55}
	b.ReportAllocs()
	for b.Loop() {
		var f Facts
		dwarf5.Expr(&f, expr, 8)
	}
}

func BenchmarkList(b *testing.B) {
	list := unhex(b, "06 9000000000000000 04 00 07 02 77 10 04 07 13 01 53 04 13 14 04 a3 01 55 9f 00")
	b.ReportAllocs()
	for b.Loop() {
		var f Facts
		if err := dwarf5.List(&f, list, 8); err != nil {
			b.Fatal(err)
		}
	}
}

// Lists of .debug_loc.dwo, which GNU made before DWARF 5, have entries of their own.
func TestSplitLists(t *testing.T) {
	reg := func(n byte) []byte { return []byte{1, 0, 0x50 + n} } // length, DW_OP_regN
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	for _, test := range []struct {
		name string
		list []byte
		reg  int
		err  error
	}{
		{"empty", []byte{0}, NoReg, nil},
		{"start and length", join([]byte{3, 0x81, 1, 4, 0, 0, 0}, reg(5), []byte{0}), 5, nil},
		{"start and end", join([]byte{2, 1, 0x82, 1}, reg(4), []byte{0}), 4, nil},
		{"offsets after a base address", join([]byte{1, 7, 4, 0, 0, 0, 0, 4, 0, 0, 0}, reg(3), []byte{0}), 3, nil},
		{"unknown kind", []byte{9, 0}, NoReg, nil},
		{"cut off in an entry", []byte{3, 1, 4, 0}, NoReg, ErrShort},
		{"cut off in an expression", []byte{3, 1, 4, 0, 0, 0, 2, 0, 0x50}, NoReg, ErrShort},
		{"cut off in a number", []byte{2, 0x80}, NoReg, ErrShort},
		{"without an end", nil, NoReg, ErrShort},
	} {
		ctx := Context{AddrSize: 8, Version: 4, Order: binary.LittleEndian, Split: true, Convention: amd64}
		var f Facts
		if err := ctx.List(&f, test.list, 4); err != test.err || f.Reg() != test.reg {
			t.Errorf("%s: register %d, error %v, want %d, %v", test.name, f.Reg(), err, test.reg, test.err)
		}
	}
}
