package die

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// attrs is an abbreviation: attribute, form, and the constant of implicit_const.
type attrs [][3]int64

const (
	atDeclaration                                          = 0x3c
	atSibling, atName, atByteSize, atBitSize, atConstValue = 0x01, 0x03, 0x0b, 0x0d, 0x1c
	atUpperBound, atMemberLocation, atDeclLine, atType     = 0x2f, 0x38, 0x3b, 0x49
)

// declare encodes an abbreviation after its code.
func declare(tag uint64, children bool, list attrs) []byte {
	b := binary.AppendUvarint(nil, tag)
	if children {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, a := range list {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(a[0])), uint64(a[1]))
		if a[1] == FormImplicitConst {
			b = appendSLEB(b, a[2])
		}
	}
	return append(b, 0, 0)
}

func appendSLEB(b []byte, v int64) []byte {
	for {
		c := byte(v) & 0x7f
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// What compilers write is read without a loop over attributes, and what has
// attributes that the shortcut does not know is not.
func TestWhatIsSimple(t *testing.T) {
	decl := [3]int64{atDeclLine, FormData1}
	for _, tc := range []struct {
		name     string
		tag      uint64
		children bool
		attrs    attrs
		want     bool
	}{
		{"member of gcc", TagMember, false, attrs{{atName, FormStrp}, decl, decl, decl, {atType, formRef4}, {atMemberLocation, FormData1}}, true},
		{"member with a short name", TagMember, false, attrs{{atName, FormString}, decl, {atType, formRef4}, {atMemberLocation, FormData2}}, true},
		{"member at an implicit offset", TagMember, false, attrs{{atName, FormStrp}, {atType, formRef4}, {atMemberLocation, FormImplicitConst, 8}}, true},
		{"anonymous member", TagMember, false, attrs{decl, {atType, formRef4}, {atMemberLocation, FormData1}}, true},
		{"member without a location", TagMember, false, attrs{{atName, FormStrp}, {atType, formRef4}}, false},
		{"member with an expression", TagMember, false, attrs{{atName, FormStrp}, {atType, formRef4}, {atMemberLocation, FormBlock1}}, false},
		{"member at an offset in LEB128", TagMember, false, attrs{{atName, FormStrp}, {atType, formRef4}, {atMemberLocation, FormUdata}}, false},
		{"bit-field", TagMember, false, attrs{{atName, FormStrp}, {atType, formRef4}, {atMemberLocation, FormData1}, {atBitSize, FormData1}}, false},
		{"member with children", TagMember, true, attrs{{atName, FormStrp}, {atType, formRef4}, {atMemberLocation, FormData1}}, false},
		{"member with a decl tag", TagMember, false, attrs{{atName, FormStrp}, {atType, formRef4}, {atMemberLocation, FormData1}, {0x2139, formRef4}}, false},
		{"name in a table", TagMember, false, attrs{{atName, FormStrx}, {atType, formRef4}, {atMemberLocation, FormData1}}, false},
		{"inline name that is not the first", TagMember, false, attrs{{atType, formRef4}, {atName, FormString}, {atMemberLocation, FormData1}}, false},
		{"reference in LEB128", TagMember, false, attrs{{atName, FormStrp}, {atType, formRefUdata}, {atMemberLocation, FormData1}}, false},
		{"reference to another unit", TagMember, false, attrs{{atName, FormStrp}, {atType, FormRefAddr}, {atMemberLocation, FormData1}}, false},
		{"indirect size", TagPointerType, false, attrs{{atByteSize, formIndirect}, {atType, formRef4}}, false},
		{"too long", TagMember, false, attrs{{atDeclLine, FormData16}, {atDeclLine, FormData16}, {atDeclLine, FormData16}, {atDeclLine, FormData16},
			{atDeclLine, FormData16}, {atDeclLine, FormData16}, {atDeclLine, FormData16}, {atDeclLine, FormData16},
			{atDeclLine, FormData16}, {atDeclLine, FormData16},
			{atDeclLine, FormData16}, {atDeclLine, FormData16}, {atDeclLine, FormData16}, {atDeclLine, FormData16},
			{atDeclLine, FormData16}, {atDeclLine, FormData16},
			{atType, formRef4}, {atMemberLocation, FormData1}}, false},
		{"pointer", TagPointerType, false, attrs{{atByteSize, FormImplicitConst, 8}, {atType, formRef4}}, true},
		{"pointer to void", TagPointerType, false, attrs{{atByteSize, FormData1}}, true},
		{"pointer with tags", TagPointerType, true, attrs{{atByteSize, FormData1}, {atType, formRef4}}, false},
		{"const", TagConstType, false, attrs{{atType, formRef4}}, true},
		{"const void", TagConstType, false, attrs{}, true},
		{"enumerator", TagEnumerator, false, attrs{{atName, FormStrp}, {atConstValue, FormData1}}, true},
		{"enumerator without a value", TagEnumerator, false, attrs{{atName, FormStrp}}, false},
		{"signed enumerator", TagEnumerator, false, attrs{{atName, FormStrp}, {atConstValue, FormSdata}}, false},
		{"enumerator of 8 bytes", TagEnumerator, false, attrs{{atName, FormStrp}, {atConstValue, FormData8}}, false},
		{"subrange", TagSubrangeType, false, attrs{{atType, formRef4}, {atUpperBound, FormData2}}, true},
		{"subrange with a count", TagSubrangeType, false, attrs{{atType, formRef4}, {0x37, FormData1}}, false},
		{"structure", TagStructureType, true, attrs{{atName, FormStrp}, {atByteSize, FormData1}, decl, {atSibling, formRef4}}, true},
		{"declaration", TagStructureType, false, attrs{{atName, FormStrp}, {atDeclaration, FormFlagPresent}}, true},
		{"declaration that may be none", TagStructureType, false, attrs{{atName, FormStrp}, {atDeclaration, FormFlag}}, false},
		{"function type", TagSubroutineType, true, attrs{{0x27, FormFlagPresent}, {atType, formRef4}, {atSibling, formRef4}}, true},
		{"array", TagArrayType, true, attrs{{atType, formRef4}, {atSibling, formRef4}}, true},
		{"array with a size", TagArrayType, true, attrs{{atType, formRef4}, {atByteSize, FormData1}}, false},
		{"parameter of a function", TagFormalParameter, false, attrs{{atName, FormStrp}, {atType, formRef4}, {0x02, FormSecOffset}}, false},
		{"variable", TagVariable, false, attrs{{atName, FormStrp}, {atType, formRef4}}, false},
	} {
		var table Table
		if err := table.Compile(append(append([]byte{1}, declare(tc.tag, tc.children, tc.attrs)...), 0), 0, &Unit{Version: 5, AddrSize: 8}); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if got := table.lookup(1).Simple(); got != tc.want {
			t.Errorf("%s: simple %v, want %v", tc.name, got, tc.want)
		} else if got := table.lookup(1).Declares(); got != (tc.name == "declaration") {
			t.Errorf("%s: a declaration: %v", tc.name, got)
		}
	}
}

// tables has a table for each kind of unit: they are large, and made to be used
// again.
type tables map[unitKind]*Table

func (m tables) of(u *Unit) *Table {
	kind := unitKind{u.AddrSize, u.Is64, u.Version == 2, u.Apart}
	if m[kind] == nil {
		m[kind] = new(Table)
	}
	return m[kind]
}

// layouts makes random abbreviations and entries.
type layouts struct {
	*rand.Rand
	unit Unit
	big  bool
}

func newLayouts(seed uint64) *layouts {
	g := &layouts{Rand: rand.New(rand.NewPCG(seed, 1))}
	g.big = g.IntN(4) == 0
	g.unit = Unit{Version: uint16(2 + g.IntN(4)), AddrSize: uint8(4 + 4*g.IntN(2)), Is64: g.IntN(4) == 0, HeaderLen: 12}
	return g
}

func (g *layouts) pick(list ...int64) int64 { return list[g.IntN(len(list))] }

// attrs makes an abbreviation, mostly of attributes that compilers write. number
// is one that an entry of this tag has to have for ReadSimple.
func (g *layouts) attrs(number int64) (list attrs) {
	for range g.IntN(7) {
		attr := g.pick(atName, atName, atType, atType, number, number, number, atMemberLocation, atConstValue,
			atByteSize, atSibling, atDeclLine, atDeclLine, atDeclaration)
		var form int64
		switch attr {
		case atName:
			form = g.pick(FormStrp, FormStrp, FormStrp, FormString, FormString, FormStrx, formStrx1)
		case atType, atSibling:
			form = g.pick(formRef4, formRef4, formRef4, formRef4, formRef1, formRef8, formRefUdata, FormRefAddr, formIndirect)
		case atDeclaration:
			form = g.pick(FormFlagPresent, FormFlagPresent, FormFlag)
		default:
			form = g.pick(FormData1, FormData1, FormData1, FormData2, FormData2, FormData4, FormData4, FormImplicitConst, FormImplicitConst, FormImplicitConst,
				FormData8, FormSdata, FormUdata, FormBlock1, FormString, FormFlagPresent, FormStrp, formIndirect)
		}
		list = append(list, [3]int64{attr, form, g.constant()})
	}
	return list
}

func (g *layouts) constant() int64 {
	if g.IntN(10) > 0 {
		return g.pick(0, 8, 300)
	}
	return g.pick(-1, 1<<31-1, 1<<31, -1<<40)
}

func (g *layouts) uint(b []byte, size int, v uint64) []byte {
	for i := range size {
		shift := 8 * i
		if g.big {
			shift = 8 * (size - 1 - i)
		}
		b = append(b, byte(v>>shift))
	}
	return b
}

// value appends a value of a form. References mostly lead into the unit.
func (g *layouts) value(b []byte, form int64) []byte {
	n := g.Uint64() >> g.IntN(64)
	switch form {
	case FormStrp, FormRefAddr:
		size := g.unit.OffsetSize()
		if form == FormRefAddr && g.unit.Version == 2 {
			size = int(g.unit.AddrSize)
		}
		if g.IntN(20) == 0 {
			return g.uint(b, size, uint64(g.pick(KeyPacked-2, KeyPacked-1, KeyPacked, 1<<32-1)))
		}
		return g.uint(b, size, uint64(g.IntN(5000)))
	case FormString:
		return append(append(b, "name"[:g.IntN(5)]...), 0)
	case formRef4, formRef8:
		off := uint64(g.IntN(20))
		if g.IntN(40) == 0 {
			off = n
		}
		if form == formRef8 {
			return g.uint(b, 8, off)
		}
		return g.uint(b, 4, off)
	case FormData1, FormFlag, formRef1, formStrx1:
		return append(b, byte(n))
	case FormData2:
		return g.uint(b, 2, n)
	case FormData4:
		return g.uint(b, 4, n)
	case FormData8:
		return g.uint(b, 8, n)
	case FormSdata:
		return appendSLEB(b, int64(n))
	case FormUdata, formRefUdata, FormStrx:
		return binary.AppendUvarint(b, n)
	case FormBlock1:
		return append(b, 2, 0x23, 4)
	case formIndirect:
		f := g.pick(FormData1, formRef4, FormUdata)
		return g.value(binary.AppendUvarint(b, uint64(f)), f)
	}
	return b // implicit_const, flag_present
}

// numberAttr is the attribute after numberSlot.
func numberAttr(tag int64) int64 {
	for attr, s := range slotOf {
		if s != SlotNone && s == numberSlot(uint16(tag)) {
			return int64(attr)
		}
	}
	return atBitSize // one that makes an entry not simple
}

// numberSlot is the attribute that Simple.Num has.
func numberSlot(tag uint16) Slot {
	switch tag {
	case TagMember:
		return DataMemberLocation
	case TagEnumerator:
		return ConstValue
	case TagSubrangeType:
		return UpperBound
	case TagStructureType, TagUnionType:
		return ByteSize
	}
	return SlotNone
}

// ReadSimple says of random simple entries what Attrs says.
func TestReadSimpleIsAttrs(t *testing.T) {
	tags := []int64{TagMember, TagMember, TagEnumerator, TagSubrangeType, TagPointerType, TagConstType, TagVolatileType, TagTypedef,
		TagFormalParameter, TagStructureType, TagUnionType, TagSubroutineType, TagArrayType, TagVariable}
	simple := map[uint16]int{}
	tables := tables{}
	for seed := range uint64(60000) {
		g := newLayouts(seed)
		tag := g.pick(tags...)
		list := g.attrs(numberAttr(tag))
		table := tables.of(&g.unit)
		if err := table.Compile(append(append([]byte{1}, declare(uint64(tag), g.IntN(4) == 0, list)...), 0), 0, &g.unit); err != nil {
			t.Fatal(err)
		}
		a := table.lookup(1)
		if !a.Simple() {
			continue
		}
		simple[a.Tag]++
		data := append(make([]byte, g.unit.HeaderLen), 1)
		for _, attr := range list {
			data = g.value(data, attr[1])
		}
		end := Off(len(data))
		data = append(data, 0xee)
		g.unit.Len = uint32(len(data))
		c := &Cursor{Big: g.big}
		c.Start(".debug_info", &g.unit, data, table)
		c.Next()
		pos := c.Pos
		got := c.ReadSimple(a)
		if c.Pos != end {
			t.Fatalf("seed %d: %#x %v: ReadSimple ends at %#x, want %#x", seed, tag, list, c.Pos, end)
		}
		c.Pos = pos
		c.Attrs(a)
		if want := c.simple(a); got != want {
			t.Fatalf("seed %d: %#x %v: ReadSimple %+v, Attrs %+v", seed, tag, list, got, want)
		}
		known := SlotSet(1<<Name | 1<<Type | 1<<numberSlot(a.Tag))
		switch a.Tag {
		case TagPointerType:
			known |= 1 << ByteSize
		case TagSubroutineType, TagArrayType:
			known |= 1 << Sibling
		case TagStructureType, TagUnionType:
			known |= 1<<Sibling | 1<<Declaration
		}
		if got, want := a.Declares(), c.Have.Has(Declaration); got != want {
			t.Fatalf("seed %d: %#x %v: a declaration: %v, want %v", seed, tag, list, got, want)
		}
		if lost := c.Have &^ known; lost != 0 {
			t.Fatalf("seed %d: %#x %v: ReadSimple loses slots %b", seed, tag, list, lost)
		}
	}
	for _, tag := range tags[:len(tags)-1] {
		if simple[uint16(tag)] < 50 {
			t.Errorf("only %d entries of tag %#x were simple", simple[uint16(tag)], tag)
		}
	}
}

// simple returns what Attrs has read as ReadSimple would.
func (c *Cursor) simple(a *Abbrev) (s Simple) {
	if c.Have.Has(Name) {
		v := c.V[Name]
		s.Name, s.NameLen, s.Form = uint32(v.U), v.N, v.Form
	}
	if c.Have.Has(Type) {
		s.Type = Off(c.V[Type].U)
	}
	if n := numberSlot(a.Tag); n != SlotNone && c.Have.Has(n) {
		s.Num = c.V[n].U
	}
	return s
}

// Members reads of random lists of members what Attrs reads of each, and stops
// before the first entry that it has to leave to Attrs.
func TestMembersIsAttrs(t *testing.T) {
	const delta = 1 << 20
	taken, lists := 0, 0
	tables := tables{}
	for seed := range uint64(20000) {
		g := newLayouts(seed)
		var decls []byte
		var codes []attrs
		var common [4]bool
		for code := range 4 {
			list := g.attrs(atMemberLocation)
			tag := uint64(TagMember)
			children := g.IntN(10) == 0
			if g.IntN(3) > 0 {
				common[code] = !children && !g.unit.Is64 // with names of 4 bytes
				list = attrs{{atName, g.pick(FormStrp, FormString)}, {atDeclLine, FormData1}, {atType, formRef4},
					{atMemberLocation, g.pick(FormData1, FormData2, FormData4, FormImplicitConst), g.constant()}}
			} else if g.IntN(4) == 0 {
				tag = TagInheritance
			}
			decls = append(append(decls, byte(code+1)), declare(tag, children, list)...)
			codes = append(codes, list)
		}
		table := tables.of(&g.unit)
		if err := table.Compile(append(decls, 0), 0, &g.unit); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, g.unit.HeaderLen)
		for range g.IntN(12) {
			code := g.IntN(len(codes))
			data = append(data, byte(code+1))
			for _, attr := range codes[code] {
				data = g.value(data, attr[1])
			}
		}
		data = append(data, 0)
		if g.IntN(3) == 0 { // the unit is cut off in a member
			data = data[:int(g.unit.HeaderLen)+g.IntN(len(data)-int(g.unit.HeaderLen))]
		}
		g.unit.Len = uint32(len(data))
		c := &Cursor{Big: g.big}
		c.Start(".debug_info", &g.unit, data, table)
		atZero := g.IntN(4) == 0
		words, refs, n := c.Members([]uint32{1}, []Ref{2}, delta, atZero)
		end := c.Pos
		if c.DIEs != uint64(n) {
			t.Fatalf("seed %d: %d members, but %d DIEs", seed, n, c.DIEs)
		}
		c.Pos = Off(g.unit.HeaderLen)
		wantWords, wantRefs := []uint32{1}, []Ref{2}
		for range n {
			key, bits, ref, ok := c.member(delta, atZero)
			if !ok {
				t.Fatalf("seed %d: Members took the member at %#x", seed, c.At)
			}
			wantWords, wantRefs = append(wantWords, key, bits), append(wantRefs, Ref(ref))
		}
		if c.Pos != end || !slices.Equal(words, wantWords) || !slices.Equal(refs, wantRefs) {
			t.Fatalf("seed %d: Members ends at %#x with %d %d,\nwant %#x with %d %d", seed, end, words, refs, c.Pos, wantWords, wantRefs)
		}
		// References to nothing are left, and so may be the last entries of a unit,
		// since values are read in larger pieces.
		if _, _, ref, ok := c.member(delta, atZero); ok && ref != 0 && common[data[end]-1] && len(data)-int(end) > 20 {
			t.Fatalf("seed %d: Members left the member at %#x", seed, end)
		}
		taken += n
		lists++
	}
	if taken < lists/3 {
		t.Errorf("%d members of %d lists", taken, lists)
	}
}

// member reads the next entry with Attrs. ok is false if it is no member that
// Members may take.
func (c *Cursor) member(delta uint32, atZero bool) (key, bits, ref uint32, ok bool) {
	var err error
	c.reading = true
	func() {
		defer c.Guard(&err)
		a := c.Next()
		if a == nil || a.Tag != TagMember || a.Children {
			return
		}
		c.Attrs(a)
		if c.Have&^(1<<Name|1<<Type|1<<DataMemberLocation) != 0 || !c.Have.Has(DataMemberLocation) {
			return
		}
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
				return
			}
		}
		if v := c.V[Type]; c.Have.Has(Type) && v.U != 0 {
			if v.Form != FormRef || v.U >= uint64(len(c.Data)) {
				return
			}
			ref = delta + uint32(v.U)
		}
		v := c.V[DataMemberLocation]
		if v.U >= 1<<29 || v.U != 0 && atZero || v.Form == FormBlock {
			return
		}
		bits = uint32(v.U) * 8
		ok = true
	}()
	return key, bits, ref, ok && err == nil
}

// TestPlain: ReadPlain reads of a plain entry what ReadType does, and nothing else is plain.
func TestPlain(t *testing.T) {
	for _, tt := range []struct {
		name  string
		tag   uint64
		list  attrs
		plain bool
	}{
		{"pointer", TagPointerType, attrs{{atByteSize, FormData1}, {atType, formRef4}}, true},
		{"const", TagConstType, attrs{{atType, formRef4}}, true},
		{"volatile", TagVolatileType, attrs{{atType, formRef4}}, true},
		{"pointer to void", TagPointerType, attrs{{atByteSize, FormData1}}, false},
		{"pointer with a name", TagPointerType, attrs{{atName, FormStrp}, {atType, formRef4}}, false},
		{"pointer with a name in it", TagPointerType, attrs{{atName, FormString}, {atType, formRef4}}, false},
		{"typedef", TagTypedef, attrs{{atType, formRef4}}, false},
		{"restrict", TagRestrictType, attrs{{atType, formRef4}}, false},
		{"parameter", TagFormalParameter, attrs{{atType, formRef4}}, false},
	} {
		table := new(Table)
		if err := table.Compile(abbrevs(entryOf{1, tt.tag, false, tt.list}), 0, unit5); err != nil {
			t.Fatal(err)
		}
		data := append(make([]byte, unit5.HeaderLen), 1, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0)
		read := func(f func(c *Cursor, a *Abbrev) Off) (Off, Off) {
			c := new(Cursor)
			c.Start(".debug_info", unit5, data, table)
			return f(c, c.Next()), c.Pos
		}
		a := table.lookup(1)
		if a.Plain() != tt.plain {
			t.Errorf("%s: plain %v, want %v", tt.name, a.Plain(), tt.plain)
		}
		if !a.Plain() {
			continue
		}
		typ, end := read((*Cursor).ReadPlain)
		if want, wantEnd := read((*Cursor).ReadType); typ != want || end != wantEnd {
			t.Errorf("%s: type %#x to %#x, want %#x to %#x", tt.name, typ, end, want, wantEnd)
		}
	}
}
