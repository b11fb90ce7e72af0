package die

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// entryOf is a declaration with its code.
type entryOf struct {
	code     uint64
	tag      uint64
	children bool
	attrs    attrs
}

// abbrevs encodes a table.
func abbrevs(list ...entryOf) []byte {
	var b []byte
	for _, e := range list {
		b = append(binary.AppendUvarint(b, e.code), declare(e.tag, e.children, e.attrs)...)
	}
	return append(b, 0)
}

var (
	named = attrs{{atName, FormStrp}}
	typed = attrs{{atType, formRef4}}
	unit5 = &Unit{Version: 5, AddrSize: 8}
)

func TestCompile(t *testing.T) {
	base, ptr, cnst := uint64(TagBaseType), uint64(TagPointerType), uint64(TagConstType)
	for _, tc := range []struct {
		name string
		list []entryOf
		want map[uint64]uint64 // tag by code; 0 for a code that is not declared
	}{
		{"codes in sequence", []entryOf{{1, base, false, named}, {2, ptr, false, typed}}, map[uint64]uint64{0: 0, 1: base, 2: ptr, 3: 0}},
		{"codes that begin elsewhere", []entryOf{{7, base, false, named}, {8, ptr, false, typed}}, map[uint64]uint64{1: 0, 7: base, 8: ptr, 9: 0}},
		{"codes in any order", []entryOf{{2, ptr, false, typed}, {1, base, false, named}, {3, cnst, false, typed}},
			map[uint64]uint64{1: base, 2: ptr, 3: cnst}},
		{"large codes", []entryOf{{1, base, false, named}, {1 << 40, ptr, false, typed}, {1<<64 - 1, cnst, false, nil}},
			map[uint64]uint64{1: base, 2: 0, 1 << 40: ptr, 1<<64 - 1: cnst}},
		{"the same declaration under two codes", []entryOf{{1, base, false, named}, {2, base, false, named}}, map[uint64]uint64{1: base, 2: base}},
		{"of two declarations of a code the first counts", []entryOf{{1, base, false, named}, {1, ptr, false, typed}}, map[uint64]uint64{1: base}},
		{"also when it stands out of sequence", []entryOf{{2, ptr, false, typed}, {1, base, false, named},
			{2, cnst, false, typed}, {3, cnst, false, typed}}, map[uint64]uint64{1: base, 2: ptr, 3: cnst}},
		{"and when neither is in sequence", []entryOf{{9, ptr, false, typed}, {9, cnst, false, typed}}, map[uint64]uint64{9: ptr}},
		{"no declaration", nil, map[uint64]uint64{0: 0, 1: 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var table Table
			// What was compiled before must not be found.
			if err := table.Compile(abbrevs(entryOf{1, TagTypedef, true, named}, entryOf{2, TagTypedef, true, typed},
				entryOf{99, TagTypedef, true, nil}), 0, unit5); err != nil {
				t.Fatal(err)
			}
			if err := table.Compile(abbrevs(tc.list...), 0, unit5); err != nil {
				t.Fatal(err)
			}
			for code, want := range tc.want {
				a := table.lookup(code)
				if want == 0 && a != nil || want != 0 && (a == nil || uint64(a.Tag) != want) {
					t.Errorf("code %d: %+v, want tag %#x", code, a, want)
				}
			}
			if table.lookup(99) != nil {
				t.Error("a code of the table before is still declared")
			}
		})
	}
}

// A repeated attribute has the value that comes first, and does not disturb
// what follows.
func TestRepeatedAttribute(t *testing.T) {
	var table Table
	list := attrs{{atByteSize, FormData1}, {atByteSize, FormData2}, {atConstValue, FormData1}}
	if err := table.Compile(abbrevs(entryOf{1, TagBaseType, false, list}), 0, unit5); err != nil {
		t.Fatal(err)
	}
	c := new(Cursor)
	c.Start(".debug_info", unit5, []byte{1, 4, 5, 6, 7}, &table)
	c.Attrs(c.Next())
	if c.V[ByteSize].U != 4 || c.V[ConstValue].U != 7 {
		t.Errorf("size %d, value %d", c.V[ByteSize].U, c.V[ConstValue].U)
	}
}

// A declaration is compiled once for each kind of unit. The forms of addresses
// and offsets have other sizes in another kind.
func TestCompileAgain(t *testing.T) {
	list := abbrevs(entryOf{1, TagVariable, false, attrs{{0x11, FormAddr}, {atName, FormStrp}, {atType, FormRefAddr}}})
	var table Table
	units := []struct {
		unit Unit
		size int // of the three values
	}{
		{Unit{Version: 5, AddrSize: 8}, 8 + 4 + 4},
		{Unit{Version: 4, AddrSize: 4}, 4 + 4 + 4},
		{Unit{Version: 5, AddrSize: 8, Is64: true}, 8 + 8 + 8},
		{Unit{Version: 2, AddrSize: 8}, 8 + 4 + 8},
		{Unit{Version: 3, AddrSize: 8}, 8 + 4 + 4},
	}
	for range 2 {
		for _, u := range units {
			if err := table.Compile(list, 0, &u.unit); err != nil {
				t.Fatal(err)
			}
			first := table.lookup(1)
			var c Cursor
			c.Start(".debug_info", &u.unit, append([]byte{1}, make([]byte, 100)...), &table)
			c.Attrs(c.Next())
			if int(c.Pos) != 1+u.size {
				t.Errorf("%+v: values of %d bytes, want %d", u.unit, c.Pos-1, u.size)
			}
			if err := table.Compile(list, 0, &u.unit); err != nil || table.lookup(1) != first {
				t.Errorf("%+v: compiled anew, error %v", u.unit, err)
			}
		}
	}
}

// RefAddr is about the last table, not about what is known.
func TestRefAddr(t *testing.T) {
	var table Table
	with := entryOf{1, TagTypedef, false, attrs{{atName, FormStrp}, {atType, FormRefAddr}}}
	unwanted := entryOf{1, TagTypedef, false, attrs{{0x3b, FormRefAddr}}}
	without := entryOf{1, TagTypedef, false, attrs{{atType, formRef4}}}
	for i, tc := range []struct {
		list []entryOf
		want bool
	}{
		{[]entryOf{without}, false}, {[]entryOf{with}, true}, {[]entryOf{without}, false},
		{[]entryOf{unwanted}, true}, {[]entryOf{without, with}, true}, {[]entryOf{with}, true},
	} {
		if err := table.Compile(abbrevs(tc.list...), 0, unit5); err != nil || table.RefAddr != tc.want {
			t.Errorf("table %d: RefAddr %v, want %v, error %v", i, table.RefAddr, tc.want, err)
		}
	}
}

// The store of known declarations grows, and is emptied when it has too many.
func TestManyDeclarations(t *testing.T) {
	var table Table
	for round := range uint64(3) {
		var list []entryOf
		for i := range uint64(30000) {
			list = append(list, entryOf{i + 1, TagTypedef, false, attrs{{0x2000 + int64(i), FormData1}, {0x2000 + int64(round), FormImplicitConst, int64(i)}}})
		}
		if err := table.Compile(abbrevs(list...), 0, unit5); err != nil {
			t.Fatal(err)
		}
		if len(table.dense) != len(list) || table.store.n > maxStored+len(list) {
			t.Errorf("round %d: %d declarations, %d known", round, len(table.dense), table.store.n)
		}
		distinct := map[*Abbrev]bool{}
		for _, a := range table.dense {
			distinct[a] = true
		}
		if len(distinct) != len(list) {
			t.Errorf("round %d: %d different declarations, want %d", round, len(distinct), len(list))
		}
		before, count := slices.Clone(table.dense), table.store.n
		if err := table.Compile(abbrevs(list...), 0, unit5); err != nil {
			t.Fatal(err)
		}
		if count <= maxStored && !slices.Equal(before, table.dense) {
			t.Errorf("round %d: known declarations were compiled again", round)
		}
	}
}

// Declarations of one code take no memory, however many there are.
func TestRepeatedDeclarations(t *testing.T) {
	one := append([]byte{1}, declare(TagTypedef, false, nil)...)
	list := append(bytes.Repeat(one, 1<<20), 0)
	var table Table
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := table.Compile(list, 0, unit5); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes allocated", got)
	}
	if table.Size != uint64(len(list)) {
		t.Errorf("table of %d bytes, want %d", table.Size, len(list))
	}
}

// Declarations cannot be made to have one hash, here that of a sum of products.
func TestCollidingDeclarations(t *testing.T) {
	factor := uint64(0x9e3779b97f4a7c15)
	var list []entryOf
	for i := range uint64(10000) {
		attr := 0x2000 + i
		h := (uint64(TagTypedef)*factor ^ attr<<16 ^ uint64(FormData1)) * factor
		list = append(list, entryOf{i + 1, TagTypedef, false, attrs{{int64(attr), FormData1}, {int64(h >> 16), FormData1}}})
	}
	var table Table
	if err := table.Compile(abbrevs(list...), 0, unit5); err != nil {
		t.Fatal(err)
	}
	hashes := map[uint64]bool{}
	slots := table.store.known.Load().slots
	for i := range slots {
		hashes[slots[i].Load()>>32] = true
	}
	if len(hashes) < len(list)*99/100 {
		t.Errorf("%d declarations have %d hashes", len(list), len(hashes))
	}
}

func TestBadTables(t *testing.T) {
	good := abbrevs(entryOf{1, TagBaseType, false, attrs{{atName, FormStrp}, {atConstValue, FormImplicitConst, -300}}})
	for _, tc := range []struct {
		name  string
		table []byte
		want  string
	}{
		{"unknown form", abbrevs(entryOf{1, TagBaseType, false, attrs{{atName, 0x55}}}), ".debug_abbrev+0x105: unknown form 0x55 of attribute 0x3"},
		{"unknown form of an attribute that nobody wants", abbrevs(entryOf{1, TagBaseType, false,
			attrs{{atDeclLine, 0x7fff}}}), ".debug_abbrev+0x107: unknown form 0x7fff of attribute 0x3b"},
		{"form 0", abbrevs(entryOf{1, TagBaseType, false, attrs{{atName, 0}}}), ".debug_abbrev+0x105: unknown form 0x0 of attribute 0x3"},
		{"tag of 17 bits", abbrevs(entryOf{1, 0x10000, false, nil}), ".debug_abbrev+0x104: tag 0x10000 out of range"},
		{"number without end", []byte{1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
			".debug_abbrev+0x10c: abbreviation table runs past the end of the section"},
	} {
		var table Table
		if err := table.Compile(tc.table, 0x100, unit5); err == nil || err.Error() != tc.want {
			t.Errorf("%s: error %v, want %s", tc.name, err, tc.want)
		}
	}
	for n := range good {
		var table Table
		err := table.Compile(good[:n:n], 0x100, unit5)
		want := fmt.Sprintf(".debug_abbrev+%#x: abbreviation table runs past the end of the section", 0x100+n)
		if err == nil || err.Error() != want {
			t.Errorf("%d bytes: error %v, want %s", n, err, want)
		}
	}
}

// A DIE whose code the table does not have ends the unit.
func TestUnknownCode(t *testing.T) {
	var table Table
	if err := table.Compile(abbrevs(entryOf{1, TagCompileUnit, true, nil}, entryOf{200, TagBaseType, false, nil}), 0, unit5); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		data []byte
		want string
	}{
		{[]byte{1, 0xc8, 0x01, 0}, ""},
		{[]byte{1, 2}, ".debug_info+0x1001: abbreviation 2 is not declared"},
		{[]byte{1, 0xc9, 0x01}, ".debug_info+0x1001: abbreviation 201 is not declared"},
		{[]byte{1, 0x80, 0x00}, ""}, // a null entry that is longer than necessary
		{[]byte{1, 0xc8}, ".debug_info+0x1001: entry runs past the end of its unit"},
	} {
		c := new(Cursor)
		c.Start(".debug_info", &Unit{Offset: 0x1000, Version: 5, AddrSize: 8}, tc.data, &table)
		err := walk(c, func(*Abbrev) {})
		if got := fmt.Sprint(err); got != tc.want && !(err == nil && tc.want == "") {
			t.Errorf("% x: error %v, want %q", tc.data, err, tc.want)
		}
	}
}

// Stepping over children trusts DW_AT_sibling only if it leads forward and stays
// in the unit.
func TestBadSibling(t *testing.T) {
	var table Table
	list := abbrevs(
		entryOf{1, TagStructureType, true, attrs{{atSibling, FormData1}}}, // another form: no reference
		entryOf{2, TagStructureType, true, attrs{{atSibling, formRef1}}},
		entryOf{3, TagMember, false, nil})
	if err := table.Compile(list, 0, unit5); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		data []byte
		want string // an error, or the number of the byte after the structure
	}{
		{"none", []byte{1, 77, 3, 0, 3}, "4"},
		{"after the children", []byte{2, 4, 3, 0, 3}, "4"},
		{"at the end of the unit", []byte{2, 4, 3, 0}, "4"},
		{"itself", []byte{2, 0, 3, 0, 3}, ".debug_info+0x0: sibling 0x0 is not after the entry"},
		{"its first child", []byte{2, 2, 3, 0, 3}, ".debug_info+0x0: sibling 0x2 is not after the entry"},
		{"past the unit", []byte{2, 6, 3, 0, 3}, ".debug_info+0x0: sibling 0x6 is not after the entry"},
		{"backward, of a child", []byte{1, 0, 2, 2, 3, 0, 0}, ".debug_info+0x2: sibling 0x2 is not after the entry"},
	} {
		c := new(Cursor)
		c.Start(".debug_info", unit5, tc.data, &table)
		err := func() (err error) {
			defer c.Guard(&err)
			a := c.Next()
			c.SkipAttrs(a)
			c.SkipChildren(a)
			return nil
		}()
		got := fmt.Sprint(c.Pos)
		if err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// Panics that are no fault of the input go on.
func TestGuardLetsBugsPass(t *testing.T) {
	for _, reading := range []bool{true, false} {
		for _, bug := range []any{"a bug", fmt.Errorf("a bug")} {
			got := func() (r any) {
				defer func() { r = recover() }()
				c := &Cursor{Unit: unit5, reading: reading}
				var err error
				defer c.Guard(&err)
				panic(bug)
			}()
			if got != bug {
				t.Errorf("panic(%v) became %v", bug, got)
			}
		}
	}
	defer func() {
		if r := fmt.Sprint(recover()); !strings.Contains(r, "index out of range") {
			t.Errorf("an index out of range after Stop became %v", r)
		}
	}()
	var err error
	c := &Cursor{Unit: unit5, reading: true}
	c.Stop()
	defer c.Guard(&err)
	_ = c.Data[c.Pos]
}
