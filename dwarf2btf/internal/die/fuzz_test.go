package die

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

func byteOrder(big bool) binary.ByteOrder {
	if big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// checkError fails if err is no *Error that names a section and says something.
func checkError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Section == "" || e.Msg == "") {
		t.Fatalf("error of type %T: %v", err, err)
	}
}

// FuzzUnits scans the headers of any section.
func FuzzUnits(f *testing.F) {
	for _, name := range []string{"units-gcc-dwarf5.elf", "units-dwarf64.elf", "mix-mips-gcc-dwarf4.elf", "units-type-units-dwarf5.elf"} {
		in := open(f, "../../../testdata/dwarf/"+name)
		f.Add(in.info, in.order == binary.ByteOrder(binary.BigEndian), false)
	}
	f.Add(open(f, "../../../testdata/dwarf/units-type-units-dwarf4.elf").types, false, true)
	f.Fuzz(func(t *testing.T, data []byte, big, types bool) {
		units, err := scan(data, byteOrder(big), types)
		checkError(t, err)
		end := uint64(0)
		for _, u := range units {
			if u.Offset < end || u.Len < uint32(u.HeaderLen) || u.HeaderLen < 7 || u.Version < 2 || u.Version > 5 {
				t.Errorf("%+v", u)
			}
			end = u.Offset + uint64(u.Len)
		}
		if end > uint64(len(data)) {
			t.Errorf("the last unit ends at %#x, the section at %#x", end, len(data))
		}
	})
}

// FuzzCursor compiles any table and walks any unit in all ways there are.
func FuzzCursor(f *testing.F) {
	for _, name := range []string{"mix-gcc-dwarf2.elf", "units-gcc-dwarf5.elf", "bitfields-clang-dwarf4.elf",
		"cplusplus-clang-dwarf5.elf", "mix-mips-gcc-dwarf4.elf"} {
		in := open(f, "../../../testdata/dwarf/"+name)
		units, err := in.units(false)
		if err != nil {
			f.Fatal(err)
		}
		for i := range min(2, len(units)) {
			u := &units[i]
			kind := uint8(u.Version - 2)
			if u.AddrSize == 8 {
				kind |= 4
			}
			if in.order == binary.ByteOrder(binary.BigEndian) {
				kind |= 16
			}
			f.Add(in.abbrev[u.AbbrevOff:], in.info[u.Offset+uint64(u.HeaderLen):u.Offset+uint64(u.Len)], kind)
		}
	}
	var all attrs
	data := []byte{1}
	g := newLayouts(1)
	g.unit, g.big = Unit{Version: 5, AddrSize: 8}, false
	for _, form := range []int64{FormData1, FormStrp, FormString, FormBlock1, FormUdata, FormSdata, formIndirect,
		FormImplicitConst, formRef4, formRefUdata, FormData8} {
		all = append(all, [3]int64{atConstValue, form, -9})
		data = g.value(data, form)
	}
	f.Add(abbrevs(entryOf{1, TagMember, true, all}, entryOf{5, TagMember, false, nil}), append(data, 5, 5, 0), uint8(7))

	f.Fuzz(func(t *testing.T, abbrev, entries []byte, kind uint8) {
		if len(abbrev) > 4<<10 || len(entries) > 4<<10 {
			t.Skip("long inputs are slow and show nothing new")
		}
		u := &Unit{Offset: 0x1000, Version: uint16(kind&3) + 2, AddrSize: 4 + kind&4, Is64: kind&8 != 0, HeaderLen: 3}
		// A new table for each input, or what is covered depends on those before; and
		// a small one, for speed.
		table := &Table{Shared: newStore(u.kind(), 16)}
		if err := table.Compile(abbrev, 0, u); err != nil {
			checkError(t, err)
			return
		}
		// A copy, so that a read past the end is one.
		data := append(make([]byte, 3, 3+len(entries)), entries...)
		u.Len = uint32(len(data))
		c := &Cursor{Big: kind&16 != 0}
		start := func() { c.DIEs = 0; c.Start(".debug_info", u, data, table) }

		start()
		var dies []Off
		err := walk(c, func(a *Abbrev) {
			if c.Pos <= c.At || int(c.Pos) > len(data) {
				t.Fatalf("the entry at %#x ends at %#x", c.At, c.Pos)
			}
			if a == nil {
				return
			}
			dies = append(dies, c.At)
			for s := Sibling; s < NumSlots; s++ {
				v := &c.V[s]
				if !c.Have.Has(s) || v.Form != FormString && v.Form != FormBlock && v.Form != FormExprloc {
					continue
				}
				if v.U < 3 || v.U+uint64(v.N) > uint64(c.Pos) {
					t.Fatalf("%#x: slot %d has %d bytes at %#x", c.At, s, v.N, v.U)
				}
			}
		})
		checkError(t, err)
		if c.DIEs < uint64(len(dies)) || c.DIEs > uint64(len(entries)) {
			t.Fatalf("%d DIEs in %d bytes", c.DIEs, len(entries))
		}

		// Children stepped over, not walked.
		start()
		checkError(t, func() (err error) {
			defer c.Guard(&err)
			for c.More() {
				if a := c.Next(); a != nil {
					c.SkipAttrs(a)
					c.SkipChildren(a)
				}
			}
			return nil
		}())
		if c.DIEs > uint64(len(entries)) {
			t.Fatalf("%d DIEs in %d bytes", c.DIEs, len(entries))
		}

		start()
		checkError(t, func() (err error) {
			defer c.Guard(&err)
			for off := range Off(min(200, len(data)+2)) {
				c.ReadAt(off)
			}
			return nil
		}())

		// The shortcuts.
		for _, at := range dies[:min(50, len(dies))] {
			start()
			checkError(t, func() (err error) {
				defer c.Guard(&err)
				c.Pos = at
				a := c.Next()
				if a.Simple() {
					pos := c.Pos
					got := c.ReadSimple(a)
					end := c.Pos
					c.Pos = pos
					c.Attrs(a)
					if want := c.simple(a); got != want || end != c.Pos {
						t.Errorf("%#x: ReadSimple %+v to %#x, Attrs %+v to %#x", at, got, end, want, c.Pos)
					}
				}
				c.Pos = at
				words, refs, n := c.Members(nil, nil, 1<<20, false)
				c.Pos = at
				var wantWords []uint32
				var wantRefs []Ref
				for range n {
					key, bits, ref, ok := c.member(1<<20, false)
					if !ok {
						t.Errorf("Members took the member at %#x", c.At)
					}
					wantWords, wantRefs = append(wantWords, key, bits), append(wantRefs, Ref(ref))
				}
				if !slices.Equal(words, wantWords) || !slices.Equal(refs, wantRefs) {
					t.Errorf("%#x: Members %d %d, want %d %d", at, words, refs, wantWords, wantRefs)
				}
				c.Pos = at
				want, wantRefs, bitFields, ok := c.list()
				end := c.Pos
				c.Pos = at
				got := make([]Ref, len(wantRefs))
				c.reading = true
				if c.Repeat(want, got, bitFields) && (!ok || c.Pos != end || !slices.Equal(got, wantRefs)) {
					t.Errorf("%#x: Repeat %d to %#x, want %v %d to %#x", at, got, c.Pos, ok, wantRefs, end)
				}
				c.Pos = at
				c.Parameters(nil, 1<<20)
				return nil
			}())
		}
	})
}
