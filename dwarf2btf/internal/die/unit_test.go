package die

import (
	"debug/dwarf"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/internal/dwarftest"
)

// bytesOf concatenates numbers of 1, 2, 4 and 8 bytes in one byte order.
func bytesOf(order binary.AppendByteOrder, parts ...any) (b []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case byte:
			b = append(b, p)
		case uint16:
			b = order.AppendUint16(b, p)
		case uint32:
			b = order.AppendUint32(b, p)
		case uint64:
			b = order.AppendUint64(b, p)
		case []byte:
			b = append(b, p...)
		default:
			panic(fmt.Sprintf("%T", p))
		}
	}
	return b
}

func TestHeaders(t *testing.T) {
	const sig, typeOff = 0x0123456789abcdef, 0x21
	rest := []byte{0xaa, 0xbb, 0xcc}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, tc := range []struct {
			name  string
			types bool
			data  []byte
			want  Unit
		}{
			{"DWARF 2", false, bytesOf(order, uint32(10), uint16(2), uint32(0x55), byte(4), rest),
				Unit{Len: 14, AbbrevOff: 0x55, Version: 2, HeaderLen: 11, AddrSize: 4, Type: UTCompile}},
			{"DWARF 3", false, bytesOf(order, uint32(10), uint16(3), uint32(0x55), byte(8), rest),
				Unit{Len: 14, AbbrevOff: 0x55, Version: 3, HeaderLen: 11, AddrSize: 8, Type: UTCompile}},
			{"DWARF 4", false, bytesOf(order, uint32(10), uint16(4), uint32(0x55), byte(8), rest),
				Unit{Len: 14, AbbrevOff: 0x55, Version: 4, HeaderLen: 11, AddrSize: 8, Type: UTCompile}},
			{"DWARF 4 without a DIE", false, bytesOf(order, uint32(7), uint16(4), uint32(0x55), byte(8)),
				Unit{Len: 11, AbbrevOff: 0x55, Version: 4, HeaderLen: 11, AddrSize: 8, Type: UTCompile}},
			{"DWARF 4 type unit", true, bytesOf(order, uint32(22), uint16(4), uint32(0x55), byte(8), uint64(sig),
				uint32(typeOff), rest), Unit{Len: 26, AbbrevOff: 0x55, Signature: sig, TypeOff: typeOff, Version: 4,
				HeaderLen: 23, AddrSize: 8, Type: UTType}},
			{"DWARF 4, 64 bits", false, bytesOf(order, uint32(0xffffffff), uint64(14), uint16(4), uint64(0x55), byte(8),
				rest), Unit{Len: 26, AbbrevOff: 0x55, Version: 4, HeaderLen: 23, AddrSize: 8, Type: UTCompile,
				Is64: true}},
			{"DWARF 4 type unit, 64 bits", true, bytesOf(order, uint32(0xffffffff), uint64(30), uint16(4), uint64(0x55),
				byte(8), uint64(sig), uint64(typeOff), rest),
				Unit{Len: 42, AbbrevOff: 0x55, Signature: sig, TypeOff: typeOff, Version: 4, HeaderLen: 39, AddrSize: 8,
					Type: UTType, Is64: true}},
			{"DWARF 5", false, bytesOf(order, uint32(11), uint16(5), byte(UTCompile), byte(8), uint32(0x55), rest),
				Unit{Len: 15, AbbrevOff: 0x55, Version: 5, HeaderLen: 12, AddrSize: 8, Type: UTCompile}},
			{"DWARF 5 partial unit", false, bytesOf(order, uint32(11), uint16(5), byte(UTPartial), byte(8),
				uint32(0x55), rest), Unit{Len: 15, AbbrevOff: 0x55, Version: 5, HeaderLen: 12, AddrSize: 8,
				Type: UTPartial}},
			{"DWARF 5 skeleton unit", false, bytesOf(order, uint32(19), uint16(5), byte(UTSkeleton), byte(8),
				uint32(0x55), uint64(sig), rest), Unit{Len: 23, AbbrevOff: 0x55, Signature: sig, Version: 5,
				HeaderLen: 20, AddrSize: 8, Type: UTSkeleton}},
			{"DWARF 5 split unit", false, bytesOf(order, uint32(19), uint16(5), byte(UTSplitCompile), byte(8),
				uint32(0x55), uint64(sig), rest), Unit{Len: 23, AbbrevOff: 0x55, Signature: sig, Version: 5,
				HeaderLen: 20, AddrSize: 8, Type: UTSplitCompile}},
			{"DWARF 5 type unit", false, bytesOf(order, uint32(23), uint16(5), byte(UTType), byte(8), uint32(0x55),
				uint64(sig), uint32(typeOff), rest), Unit{Len: 27, AbbrevOff: 0x55, Signature: sig, TypeOff: typeOff,
				Version: 5, HeaderLen: 24, AddrSize: 8, Type: UTType}},
			{"DWARF 5 split type unit, 64 bits", false, bytesOf(order, uint32(0xffffffff), uint64(31), uint16(5),
				byte(UTSplitType), byte(8), uint64(0x55), uint64(sig), uint64(typeOff), rest),
				Unit{Len: 43, AbbrevOff: 0x55, Signature: sig, TypeOff: typeOff, Version: 5, HeaderLen: 40, AddrSize: 8,
					Type: UTSplitType, Is64: true}},
		} {
			t.Run(fmt.Sprintf("%v/%s", order, tc.name), func(t *testing.T) {
				units, err := scan(tc.data, order.(binary.ByteOrder), tc.types)
				if err != nil || len(units) != 1 {
					t.Fatalf("%d units, error %v", len(units), err)
				}
				if diff := cmp.Diff(tc.want, units[0]); diff != "" {
					t.Error(diff)
				}
				// The same bytes after another unit, and cut off everywhere.
				twice := append(append([]byte(nil), tc.data...), tc.data...)
				if units, err := scan(twice, order.(binary.ByteOrder), tc.types); err != nil || len(units) != 2 || units[1].Offset != uint64(len(tc.data)) {
					t.Errorf("two of them: %+v, error %v", units, err)
				}
				for n := 1; n < len(tc.data); n++ {
					if _, err := scan(tc.data[:n], order.(binary.ByteOrder), tc.types); err == nil {
						t.Errorf("no error for the first %d bytes", n)
					}
				}
			})
		}
	}
}

func scan(data []byte, order binary.ByteOrder, types bool) ([]Unit, error) {
	return ScanUnits(".debug_info", uint64(len(data)), order, types, readAt(data))
}

func TestBadHeaders(t *testing.T) {
	le := binary.LittleEndian
	ok := bytesOf(le, uint32(8), uint16(5), byte(UTCompile), byte(8), uint32(0))
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"three bytes", []byte{1, 2, 3}, "unit header runs past the end of the section"},
		{"half a length of 64 bits", bytesOf(le, uint32(0xffffffff), uint32(9)), "unit header runs past the end of the section"},
		{"reserved length", bytesOf(le, uint32(0xfffffff0), uint64(9)), "reserved unit length 0xfffffff0"},
		{"last reserved length", bytesOf(le, uint32(0xfffffffe), uint64(9)), "reserved unit length 0xfffffffe"},
		{"longer than the section", bytesOf(le, uint32(9), uint16(5), byte(UTCompile), byte(8), uint32(0)),
			"unit of 9 bytes runs past the end of the section (8 left)"},
		{"longer than the section, 64 bits", bytesOf(le, uint32(0xffffffff), uint64(1<<64-1), uint16(5)),
			"unit of 18446744073709551615 bytes runs past the end of the section (2 left)"},
		{"length of 1", bytesOf(le, uint32(1), byte(0)), "unit is shorter than its header"},
		{"only a version", bytesOf(le, uint32(2), uint16(5)), "unit is shorter than its header"},
		{"no address size, DWARF 4", bytesOf(le, uint32(6), uint16(4), uint32(0), uint32(0)), "unit is shorter than its header"},
		{"no offset, DWARF 5", bytesOf(le, uint32(7), uint16(5), byte(UTCompile), byte(8), uint32(0)), "unit is shorter than its header"},
		{"no ID, DWARF 5 skeleton", bytesOf(le, uint32(8), uint16(5), byte(UTSkeleton), byte(8), uint32(0), uint64(0)), "unit is shorter than its header"},
		{"no type offset, DWARF 5 type unit", bytesOf(le, uint32(16), uint16(5), byte(UTType), byte(8), uint32(0),
			uint64(0), uint32(0)), "unit is shorter than its header"},
		{"version 1", bytesOf(le, uint32(8), uint16(1), uint32(0), byte(8), byte(0)), "unsupported DWARF version 1"},
		{"version 6", bytesOf(le, uint32(8), uint16(6), uint32(0), byte(8), byte(0)), "unsupported DWARF version 6"},
		{"version in the other byte order", bytesOf(le, uint32(8), uint16(0x500), uint32(0), byte(8), byte(0)), "unsupported DWARF version 1280"},
		{"unit type 0", bytesOf(le, uint32(8), uint16(5), byte(0), byte(8), uint32(0)), "unknown unit type 0x0"},
		{"unit type of a vendor", bytesOf(le, uint32(8), uint16(5), byte(0x80), byte(8), uint32(0)), "unknown unit type 0x80"},
		{"addresses of 3 bytes", bytesOf(le, uint32(8), uint16(5), byte(UTCompile), byte(3), uint32(0)), "unsupported address size 3"},
		{"addresses of 0 bytes, DWARF 4", bytesOf(le, uint32(7), uint16(4), uint32(0), byte(0)), "unsupported address size 0"},
	} {
		for _, before := range [][]byte{nil, ok} {
			_, err := scan(append(before[:len(before):len(before)], tc.data...), le, false)
			want := fmt.Sprintf(".debug_info+%#x: %s", len(before), tc.want)
			if err == nil || err.Error() != want {
				t.Errorf("%s: error %v, want %s", tc.name, err, want)
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%s: error of type %T", tc.name, err)
			}
		}
	}
}

// Sizes that would not fit the types of offsets are refused before anything is
// read, and an error of the reader is returned as it is.
func TestScanLimits(t *testing.T) {
	huge := bytesOf(binary.LittleEndian, uint32(0x90000000), uint16(5), byte(UTCompile), byte(8), uint32(0), make([]byte, 40))
	_, err := ScanUnits(".debug_info", 1<<40, binary.LittleEndian, false, readAt(huge))
	if want := ".debug_info+0x0: unit of 2415919104 bytes is larger than the supported 2 GiB"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	broken := errors.New("broken")
	_, err = ScanUnits(".debug_info", 100, binary.LittleEndian, false, func([]byte, uint64) error { return broken })
	if err != broken {
		t.Errorf("error %v, want that of the reader", err)
	}
	if units, err := ScanUnits(".debug_info", 0, binary.LittleEndian, false, nil); err != nil || len(units) != 0 {
		t.Errorf("an empty section: %v, error %v", units, err)
	}
}

// Linkers fill gaps with zeros: units of length 0.
func TestPadding(t *testing.T) {
	unit := bytesOf(binary.LittleEndian, uint32(8), uint16(5), byte(UTCompile), byte(8), uint32(0))
	data := bytesOf(binary.LittleEndian, unit, uint32(0), uint32(0), unit, uint32(0))
	units, err := scan(data, binary.LittleEndian, false)
	if err != nil || len(units) != 2 || units[1].Offset != 20 {
		t.Errorf("%+v, error %v", units, err)
	}
}

// Type units tell where the type stands that they are for.
func TestTypeUnits(t *testing.T) {
	variants(t, func(t *testing.T, v variant) {
		f := v.file(dwarftest.Die(dwarf.TagTypeUnit, dwarftest.Die(dwarf.TagStructType, dwarftest.Label("s"),
			dwarftest.A(dwarf.AttrName, dwarftest.FormString, "s"))))
		f.Units[0].Kind, f.Units[0].Signature, f.Units[0].TypeLabel = dwarftest.TypeUnit, 0x0123456789abcdef, "s"
		in := build(t, f)
		types := v.version < 5
		if types {
			in.info = in.types
		}
		units, err := in.units(types)
		if err != nil || len(units) != 1 {
			t.Fatalf("%d units, error %v", len(units), err)
		}
		u := &units[0]
		if u.Type != UTType || u.Signature != 0x0123456789abcdef {
			t.Errorf("%+v", u)
		}
		var c Cursor
		if err := in.start(&c, new(Table), u); err != nil {
			t.Fatal(err)
		}
		a, have, value := c.ReadAt(Off(u.TypeOff))
		if a == nil || a.Tag != TagStructureType || !have.Has(Name) || value[Name].N != 1 {
			t.Errorf("at %#x stands %+v", u.TypeOff, a)
		}
	})
}

// ReadAt finds nothing at offsets outside the entries.
func TestReadAtNowhere(t *testing.T) {
	c := first(t, build(t, &dwarftest.File{Units: []*dwarftest.Unit{{DIE: dwarftest.Die(dwarf.TagCompileUnit, dwarftest.Die(dwarf.TagBaseType))}}}))
	before := *c
	for _, off := range []Off{0, Off(c.Unit.HeaderLen) - 1, Off(len(c.Data)) - 1, Off(len(c.Data)), 1<<32 - 1} {
		if a, _, _ := c.ReadAt(off); a != nil {
			t.Errorf("at %#x stands %+v", off, a)
		}
	}
	if c.Pos != before.Pos || c.At != before.At || c.DIEs != before.DIEs {
		t.Error("ReadAt moves the cursor")
	}
}

// TestScanPadding: a section of zeros is a unit of padding in each four bytes, and
// must not take a read for each.
func TestScanPadding(t *testing.T) {
	const size = 1 << 20
	reads := 0
	units, err := ScanUnits(".debug_info", size, binary.LittleEndian, false, func(p []byte, off uint64) error {
		reads++
		if off+uint64(len(p)) > size {
			t.Fatalf("%d bytes at %#x", len(p), off)
		}
		clear(p)
		return nil
	})
	if err != nil || len(units) != 0 || reads > size/scanWindow*2 {
		t.Errorf("%d units, %v, %d reads", len(units), err, reads)
	}
}

// TestAddressesOfTwoBytes: clang has them for AVR.
func TestAddressesOfTwoBytes(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := bytesOf(order.(binary.AppendByteOrder), uint32(11), uint16(5), byte(UTCompile), byte(2), uint32(0), byte(1), uint16(0x1234))
		units, err := scan(data, order, false)
		if err != nil || len(units) != 1 || units[0].AddrSize != 2 {
			t.Fatalf("%+v, %v", units, err)
		}
		var table Table
		abbrevs := []byte{1, byte(dwarf.TagCompileUnit), 0, byte(dwarf.AttrLowpc), FormAddr, 0, 0, 0}
		if err := table.Compile(abbrevs, 0, &units[0]); err != nil {
			t.Fatal(err)
		}
		c := &Cursor{Big: order == binary.ByteOrder(binary.BigEndian)}
		c.Start(".debug_info", &units[0], append(data, make([]byte, 16)...), &table)
		c.Pos = Off(units[0].HeaderLen)
		if a := c.Next(); a == nil {
			t.Fatal("no entry")
		} else if c.Attrs(a); c.V[LowPC].U != 0x1234 {
			t.Errorf("%v: %+v", order, c.V[LowPC])
		}
	}
}
