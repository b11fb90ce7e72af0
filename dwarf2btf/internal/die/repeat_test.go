package die

import (
	"encoding/binary"
	"slices"
	"testing"
)

const (
	atDataBitOffset  = 0x6b
	repeatHeaderSize = 12
)

// list reads the members that come next, and the null entry after them, with
// Attrs. ok is false if there is one that Repeat may not take.
func (c *Cursor) list() (words []uint32, refs []Ref, bitFields, ok bool) {
	for {
		var err error
		var a *Abbrev
		c.reading = true
		func() {
			defer c.Guard(&err)
			if a = c.Next(); a != nil {
				c.Attrs(a)
			}
		}()
		if err != nil {
			return words, refs, false, false
		}
		if a == nil {
			return words, refs, bitFields, true
		}
		if a.Tag != TagMember || a.Children {
			return words, refs, false, false
		}
		const location, bits = 1 << DataMemberLocation, 1<<DataBitOffset | 1<<BitSize
		known := SlotSet(1<<Name | 1<<Type | location | bits)
		if c.Have&^known != 0 || c.Have&bits != 0 && c.Have&(location|bits) != bits || !c.Have.Has(Type) {
			return words, refs, false, false
		}
		at, size := c.V[DataMemberLocation], uint32(0)
		if c.Have.Has(BitSize) {
			at, size = c.V[DataBitOffset], uint32(c.V[BitSize].U)
			if c.V[BitSize].Form != FormData1 || size == 0 {
				return words, refs, false, false
			}
			bitFields = true
		}
		if c.Have&(location|bits) == 0 {
			at = Value{Form: FormData1}
		}
		switch at.Form {
		case FormData1, FormData2, FormData4, FormImplicitConst:
		default:
			return words, refs, false, false
		}
		word := uint32(at.U) * 8
		if size != 0 {
			word = uint32(at.U) | size<<24
		}
		key := uint32(0)
		if v := c.V[Name]; c.Have.Has(Name) {
			switch {
			case v.Form == FormStrp && v.U < KeyPacked-1:
				key = uint32(v.U) + 1
			case v.Form == FormString && v.N <= 3:
				key = KeyPacked | v.N<<24
				for i := range uint64(v.N) {
					key |= uint32(c.Data[v.U+i]) << (8 * i)
				}
			default:
				return words, refs, false, false
			}
		}
		if v := c.V[Type]; v.Form != FormRef || v.U == 0 || v.U >= uint64(len(c.Data)) {
			return words, refs, false, false
		}
		words, refs = append(words, key, word), append(refs, Ref(c.V[Type].U))
	}
}

// Repeat takes random lists of members if they are as expected, and then reads of
// them what Attrs reads, and takes none that are different.
func TestRepeatIsAttrs(t *testing.T) {
	tables := tables{}
	taken, lists, refused := 0, 0, 0
	for seed := range uint64(40000) {
		g := newLayouts(seed)
		var decls []byte
		var codes []attrs
		common := !g.unit.Is64 && !g.big
		first := 1 // code, of which the others follow: of one byte, of two, of both
		if seed%64 == 0 {
			first = int(g.pick(0x7e, 0x90, 0xfd))
		}
		for code := range first - 1 {
			decls = append(binary.AppendUvarint(decls, uint64(code+1)), declare(TagBaseType, false, nil)...)
		}
		for code := range 4 {
			location := [3]int64{atMemberLocation, g.pick(FormData1, FormData2, FormData4, FormImplicitConst), g.pick(0, 8, 300, -1)}
			list := attrs{{atName, g.pick(FormStrp, FormString)}, {atDeclLine, FormData1}, {atType, formRef4}, location}
			switch g.IntN(12) {
			case 0:
				list, common = g.attrs(atMemberLocation), false
			case 1:
				list = list[1:]
			case 4:
				list = list[:3]
			case 2, 3:
				list = append(list[:3], [3]int64{atBitSize, FormData1}, [3]int64{atDataBitOffset, g.pick(FormData1, FormData2, FormImplicitConst), g.pick(0, 8, 300, -1)})
			}
			children := g.IntN(20) == 0
			common = common && !children
			decls = append(binary.AppendUvarint(decls, uint64(first+code)), declare(TagMember, children, list)...)
			codes = append(codes, list)
		}
		table := tables.of(&g.unit)
		if err := table.Compile(append(decls, 0), 0, &g.unit); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, g.unit.HeaderLen)
		for range 1 + g.IntN(6) {
			code := g.IntN(len(codes))
			data = binary.AppendUvarint(data, uint64(first+code))
			for _, attr := range codes[code] {
				data = g.value(data, attr[1])
			}
		}
		end := len(data)
		data = append(data, make([]byte, 1+g.IntN(2)*(quickWindow+40))...)
		g.unit.Len = uint32(len(data))
		c := &Cursor{Big: g.big}
		c.Start(".debug_info", &g.unit, data, table)
		want, wantRefs, bitFields, ok := c.list()
		wantPos := c.Pos
		if !ok {
			common = false
		}

		c.Pos, c.DIEs = Off(repeatHeaderSize), 0
		refs := make([]Ref, len(wantRefs))
		got := c.Repeat(want, refs, bitFields)
		lists++
		switch {
		case got && !ok:
			t.Fatalf("seed %d: Repeat takes what Attrs does not", seed)
		case got:
			taken++
			if c.Pos != wantPos || !slices.Equal(refs, wantRefs) || c.DIEs != uint64(len(refs)) {
				t.Fatalf("seed %d: %v to %#x and %d DIEs, want %v to %#x", seed, refs, c.Pos, c.DIEs, wantRefs, wantPos)
			}
		case c.Pos != repeatHeaderSize || c.DIEs != 0:
			t.Fatalf("seed %d: the cursor has moved to %#x", seed, c.Pos)
		case common && first+3 < 0x100 && len(data) > end+quickWindow:
			t.Fatalf("seed %d: Repeat does not take %v of %v", seed, want, codes)
		}
		if !got {
			continue
		}

		// Something else is expected.
		c.Pos = repeatHeaderSize
		if c.Repeat(want, refs, !bitFields) {
			t.Fatalf("seed %d: bit-fields %v and %v", seed, bitFields, !bitFields)
		}
		for range 4 {
			other := slices.Clone(want)
			i := g.IntN(len(other))
			if other[i] ^= 1 << g.IntN(32); i%2 == 0 && !isKey(other[i]) {
				continue
			}
			c.Pos = repeatHeaderSize
			if c.Repeat(other, refs, bitFields) {
				t.Fatalf("seed %d: takes %v for %v", seed, want, other)
			}
			refused++
		}
		c.Pos = repeatHeaderSize
		if c.Repeat(want[:len(want)-2], refs[1:], bitFields) {
			t.Fatalf("seed %d: takes one member less", seed)
		}
	}
	if taken < lists/10 || refused == 0 {
		t.Errorf("%d of %d lists taken, %d refused", taken, lists, refused)
	}
}

// isKey reports whether a packed key has characters as far as its length says, and no others.
func isKey(key Key) bool {
	if key>>26 != KeyPacked>>26 {
		return true
	}
	for i := range uint32(3) {
		if (byte(key>>(8*i)) != 0) != (i < key>>24&3) {
			return false
		}
	}
	return true
}

// A name that happens to be the key of another one.
func TestRepeatKeys(t *testing.T) {
	table := new(Table)
	list := attrs{{atName, FormStrp}, {atType, formRef4}, {atMemberLocation, FormData1}}
	if err := table.Compile(abbrevs(entryOf{1, TagMember, false, list}), 0, unit5); err != nil {
		t.Fatal(err)
	}
	for _, key := range []uint32{0, KeyPacked, KeyPacked | 1<<24 | 'a', KeyInterned | 1, 1<<32 - 1} {
		off := key - 1
		data := append(make([]byte, repeatHeaderSize), 1, byte(off), byte(off>>8), byte(off>>16), byte(off>>24), 5, 0, 0, 0, 8)
		data = append(data, make([]byte, quickWindow+40)...)
		c := new(Cursor)
		c.Start(".debug_info", unit5, data, table)
		c.Pos = repeatHeaderSize
		if c.Repeat([]uint32{key, 64}, make([]Ref, 1), false) {
			t.Errorf("the name at %#x is taken for key %#x", off, key)
		}
	}
}

// Parameters reads random prototypes as Attrs does.
func TestParametersIsAttrs(t *testing.T) {
	const delta = 1 << 20
	tables := tables{}
	taken, lists := 0, 0
	for seed := range uint64(20000) {
		g := newLayouts(seed)
		var decls []byte
		var codes []attrs
		for code := range 3 {
			tag, list := uint64(TagFormalParameter), attrs{{atType, formRef4}}
			switch g.IntN(8) {
			case 0:
				list = g.attrs(atConstValue)
			case 1:
				list = attrs{{atName, FormStrp}, {atType, formRef4}}
			case 2, 3:
				tag, list = TagUnspecifiedParameters, nil
			case 4:
				tag = TagPointerType
			}
			decls = append(append(decls, byte(code+1)), declare(tag, g.IntN(20) == 0, list)...)
			codes = append(codes, list)
		}
		table := tables.of(&g.unit)
		if err := table.Compile(append(decls, 0), 0, &g.unit); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, g.unit.HeaderLen)
		for range g.IntN(5) {
			code := g.IntN(len(codes))
			data = append(data, byte(code+1))
			for _, attr := range codes[code] {
				data = g.value(data, attr[1])
			}
		}
		data = append(data, 0)
		if g.IntN(4) == 0 {
			data = data[:int(g.unit.HeaderLen)+g.IntN(len(data)-int(g.unit.HeaderLen))]
		}
		g.unit.Len = uint32(len(data))
		c := &Cursor{Big: g.big}
		c.Start(".debug_info", &g.unit, data, table)
		refs, ok := c.Parameters([]Ref{7}, delta)
		end, dies := c.Pos, c.DIEs
		lists++
		if !ok {
			if c.Pos != Off(g.unit.HeaderLen) || dies != 0 || len(refs) != 1 {
				t.Fatalf("seed %d: the cursor has moved to %#x", seed, c.Pos)
			}
			continue
		}
		taken++
		want := []Ref{7}
		c.Pos = Off(g.unit.HeaderLen)
		for a := c.Next(); a != nil; a = c.Next() {
			c.Attrs(a)
			switch {
			case a.Children || a.Tag != TagFormalParameter && a.Tag != TagUnspecifiedParameters:
				t.Fatalf("seed %d: an entry of tag %#x was taken", seed, a.Tag)
			case a.Tag == TagUnspecifiedParameters:
				want = append(want, 0)
			case c.Have != 1<<Type || c.V[Type].Form != FormRef:
				t.Fatalf("seed %d: a parameter with %b was taken", seed, c.Have)
			default:
				want = append(want, Ref(delta+uint32(c.V[Type].U)))
			}
		}
		if c.Pos != end || dies != uint64(len(want)-1) || !slices.Equal(refs, want) || slices.Contains(want[:max(1, len(want)-1)], 0) {
			t.Fatalf("seed %d: %v to %#x, want %v to %#x", seed, refs, end, want, c.Pos)
		}
	}
	if taken < lists/10 {
		t.Errorf("%d of %d lists taken", taken, lists)
	}
}
