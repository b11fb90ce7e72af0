package die

import (
	"encoding/binary"
	"slices"
)

// The most frequent entries are struct members, enumerators, structs themselves and the
// types that only name another one. In nearly all of them every value has a fixed length,
// so the offset of each is known when the abbreviation is compiled, and reading one needs
// no loop over attributes. On a 6.12 vmlinux, where members alone are half of
// .debug_info, that takes a third of the time (BenchmarkMember).

// layout says where the few interesting values of an abbreviation stand, in bytes
// from the end of the abbreviation code, or from the end of a leading name that
// is written inline.
type layout struct {
	ok     bool
	member bool  // it is that of a member
	inline bool  // the first value is an inline name
	name   uint8 // where the name's offset is, absent if there is none
	typ    uint8 // where the reference is
	num    uint8 // where the number is
	numLen uint8 // its length in bytes; 0: it is imp
	size   uint8 // bytes in all
	hasNum bool
	decl   bool // DW_AT_declaration says yes
	plain  bool // see Abbrev.Plain
	imp    int32

	// Of members whose values lie in 16 bytes, in little-endian input:
	short   bool
	hasName uint32 // 1: add to the name's offset, which is there
	numMask uint32 // of the bits of the number; 0: it is imp
}

const absent = 0xff

// Simple is what a simple entry says.
type Simple struct {
	Name    uint32 // offset in .debug_str, or position in Cursor.Data
	NameLen uint32 // bytes of an inline name
	Type    Off    // 0 if there is none
	Num     uint64 // member location, enumerator value, size or upper bound
	Form    uint16 // of the name: FormStrp, FormString or 0
}

// Simple reports whether ReadSimple may be used for the abbreviation.
func (a *Abbrev) Simple() bool { return a.layout.ok }

// Plain reports whether an entry is a pointer or a qualified type, and simple, with a type and
// without a name: ReadPlain may be used for it.
func (a *Abbrev) Plain() bool { return a.layout.plain }

// Declares reports whether a simple entry is a declaration.
func (a *Abbrev) Declares() bool { return a.layout.decl }

// ReadSimple reads the attributes of a simple entry instead of Attrs. It leaves no slots
// in Have: there is nothing else that an entry may say.
func (c *Cursor) ReadSimple(a *Abbrev) (s Simple) {
	c.Have = 0
	l := &a.layout
	if l.inline {
		s.Name, s.Form = uint32(c.Pos), FormString
		s.NameLen = c.str()
	}
	b := c.Data[c.Pos : uint(c.Pos)+uint(l.size)]
	c.Pos += Off(l.size)
	if l.name != absent {
		s.Name, s.Form = c.u32(b[l.name:]), FormStrp
	}
	if l.typ != absent {
		s.Type = Off(c.u32(b[l.typ:]))
	}
	switch l.numLen {
	case 0:
		s.Num = uint64(int64(l.imp))
	case 1:
		s.Num = uint64(b[l.num])
	case 2:
		s.Num = uint64(c.u16(b[l.num:]))
	case 4:
		s.Num = uint64(c.u32(b[l.num:]))
	}
	return s
}

// ReadType reads the attributes of a simple entry of which only the type matters.
// It returns 0 if there is none.
func (c *Cursor) ReadType(a *Abbrev) Off {
	c.Have = 0
	l := &a.layout
	if l.inline {
		c.str()
	}
	p := uint(c.Pos)
	end := p + uint(l.size)
	if end > uint(len(c.Data)) {
		c.Fail(c.At, "entry runs past the end of its unit")
	}
	c.Pos = Off(end)
	if l.typ == absent {
		return 0
	}
	return Off(c.u32(c.Data[p+uint(l.typ):]))
}

// ReadPlain is ReadType for an entry that is plain.
func (c *Cursor) ReadPlain(a *Abbrev) Off {
	c.Have = 0
	p := uint(c.Pos)
	end := p + uint(a.layout.size)
	if end > uint(len(c.Data)) {
		c.Fail(c.At, "entry runs past the end of its unit")
	}
	c.Pos = Off(end)
	return Off(c.u32(c.Data[p+uint(a.layout.typ):]))
}

// Parameters reads the parameters that come next, and the null entry after
// them, if they are as in the function types of C: simple entries without names,
// and nothing else but DW_TAG_unspecified_parameters at the end, which counts as
// one without a type. For each it appends delta plus the offset of its type, or 0,
// to refs. If ok is false, the cursor has not moved.
func (c *Cursor) Parameters(refs []Ref, delta uint32) (_ []Ref, ok bool) {
	d, p, dense := c.Data, uint(c.Pos), c.dense
	first := len(refs)
	variable := false
	for p < uint(len(d)) {
		code := uint(d[p])
		p++
		if code == 0 {
			c.Pos = Off(p)
			c.DIEs += uint64(len(refs) - first)
			return refs, true
		}
		if code >= 0x80 || code-1 >= uint(len(dense)) || variable {
			break
		}
		a := dense[code-1]
		l := &a.layout
		switch {
		case a.Tag == TagFormalParameter && l.ok && l.name == absent && !l.inline && l.typ != absent:
			end := p + uint(l.size)
			if end > uint(len(d)) {
				return refs[:first], false
			}
			typ := c.u32(d[p:end][l.typ:])
			if typ-1 >= uint32(len(d))-1 {
				return refs[:first], false
			}
			refs = append(refs, Ref(delta+typ))
			p = end
		case a.Tag == TagUnspecifiedParameters && !a.Children && len(a.skip) == 0:
			variable = true
			refs = append(refs, 0)
		default:
			return refs[:first], false
		}
	}
	return refs[:first], false
}

// Members reads the simple members that come next, up to the first entry that
// is none, which is left to be read with Next. For each it appends the name's key
// and the offset in bits to words, and delta plus the type's offset to refs. In
// a union, atZero, members elsewhere than at offset 0 are left to the caller.
func (c *Cursor) Members(words []uint32, refs []Ref, delta uint32, atZero bool) (_ []uint32, _ []Ref, n int) {
	d, p, dense := c.Data, uint(c.Pos), c.dense
	size := uint(len(d))
	wide := uint(0) // entries that begin below may be read as two words
	if size >= maxSimple && !c.Big {
		wide = size - maxSimple
	}
	for p < size {
		code := uint(d[p]) - 1
		if code >= uint(len(dense)) || code >= 0x7f {
			break
		}
		l := &dense[code].layout
		if !l.member {
			break
		}
		var key, typ, num uint32
		q := p + 1
		if l.short && p < wide {
			b := d[q : q+16]
			lo, hi := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
			key = uint32(bytesAt(lo, hi, l.name)) + l.hasName
			typ = uint32(bytesAt(lo, hi, l.typ))
			num = uint32(bytesAt(lo, hi, l.num))&l.numMask + uint32(l.imp)
			if key-1 >= KeyPacked-1 || typ-1 >= uint32(size)-1 {
				break
			}
			typ += delta
			q += uint(l.size)
		} else {
			var ok bool
			if key, typ, num, q, ok = c.simpleMember(l, q, delta); !ok {
				break
			}
		}
		if num >= 1<<29 || num != 0 && atZero {
			break
		}
		if cap(words)-len(words) < 2 || len(refs) == cap(refs) {
			words, refs = slices.Grow(words, 256), slices.Grow(refs, 128)
		}
		words = words[:len(words)+2]
		words[len(words)-2], words[len(words)-1] = key, num*8
		refs = refs[:len(refs)+1]
		refs[len(refs)-1] = Ref(typ)
		p = q
		n++
	}
	c.Pos = Off(p)
	c.DIEs += uint64(n)
	return words, refs, n
}

// maxSimple is the number of bytes from the start of an entry that Members may
// load: the code and 16 bytes of values.
const maxSimple = 1 + 16

// simpleMember reads the values of a simple member at q. It leaves to the general way
// what has no simple key or does not fit the unit.
func (c *Cursor) simpleMember(l *layout, q uint, delta uint32) (key, typ, num uint32, end uint, ok bool) {
	d := c.Data
	if l.inline {
		var size uint
		if key, size = packedName(d[q:]); size == 0 {
			return 0, 0, 0, 0, false
		}
		q += size
	}
	end = q + uint(l.size)
	if end > uint(len(d)) {
		return 0, 0, 0, 0, false
	}
	b := d[q:end]
	if l.name != absent {
		if key = c.u32(b[l.name:]); key >= KeyPacked-1 {
			return 0, 0, 0, 0, false
		}
		key++
	}
	if l.typ != absent {
		if typ = c.u32(b[l.typ:]); uint(typ) >= uint(len(d)) {
			return 0, 0, 0, 0, false
		}
		if typ != 0 {
			typ += delta
		}
	}
	switch l.numLen {
	case 0:
		num = uint32(l.imp)
	case 1:
		num = uint32(b[l.num])
	case 2:
		num = uint32(c.u16(b[l.num:]))
	default:
		num = c.u32(b[l.num:])
	}
	return key, typ, num, end, true
}

// bytesAt returns the bytes from index at on, of 16 bytes of which it has at least 4.
func bytesAt(lo, hi uint64, at uint8) uint64 {
	if at < 8 {
		return lo>>(8*at&63) | hi<<1<<(63-8*at&63)
	}
	return hi >> (8 * at & 63)
}

// packedName returns the key of the inline name at the start of b and the bytes
// that it takes with its NUL, 0 if it has more than three characters.
func packedName(b []byte) (key uint32, size uint) {
	if len(b) < 4 {
		return 0, 0
	}
	switch {
	case b[0] == 0:
		return KeyPacked, 1
	case b[1] == 0:
		return KeyPacked | 1<<24 | uint32(b[0]), 2
	case b[2] == 0:
		return KeyPacked | 2<<24 | uint32(b[0]) | uint32(b[1])<<8, 3
	case b[3] == 0:
		return KeyPacked | 3<<24 | uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16, 4
	}
	return 0, 0
}

// classify finds the layout of a declaration, if it has one.
func classify(a *Abbrev) (l layout) {
	var number, ignored Slot
	container, optional := false, false
	switch a.Tag {
	case TagMember:
		number = DataMemberLocation
	case TagEnumerator:
		number = ConstValue
	case TagSubrangeType:
		number = UpperBound
	case TagPointerType:
		ignored = ByteSize
	case TagConstType, TagVolatileType, TagTypedef, TagFormalParameter:
	case TagStructureType, TagUnionType:
		number, ignored, container, optional = ByteSize, Sibling, true, true
	case TagSubroutineType, TagArrayType:
		ignored, container = Sibling, true
	default:
		return l
	}
	if a.Children && !container {
		return l
	}
	l.name, l.typ = absent, absent
	at := uint(0)
	for i := range a.ops {
		o := &a.ops[i]
		n := o.fixedLen()
		switch {
		case o.code == opString && i == 0 && o.slot == Name:
			l.inline = true
			continue
		case n < 0 || at+uint(n) > 0xf0:
			return l
		case o.slot == SlotNone || o.slot == ignored && o.form != formIndirect:
		case o.slot == Declaration && optional && o.code == opFlagPresent:
			l.decl = true
		case o.slot == Name && o.form == FormStrp && n == 4:
			l.name = uint8(at)
		case o.slot == Type && o.form == FormRef && n == 4:
			l.typ = uint8(at)
		case o.slot == number && o.code == opImplicit && int64(int32(o.imp)) == o.imp:
			l.imp = int32(o.imp)
		case o.slot == number && n > 0 && n <= 4 && (o.form == FormData1 || o.form == FormData2 || o.form == FormData4):
			l.num, l.numLen = uint8(at), uint8(n)
		default:
			return l
		}
		if o.slot != SlotNone && o.slot == number {
			l.hasNum = true
		}
		at += uint(n)
	}
	if number != SlotNone && !l.hasNum && !optional {
		return l // a member of a union, or a bit-field
	}
	l.size = uint8(at)
	l.ok, l.member = true, a.Tag == TagMember
	switch a.Tag {
	case TagPointerType, TagConstType, TagVolatileType:
		l.plain = !l.inline && l.name == absent && l.typ != absent
	}
	l.short = l.member && !l.inline && l.name != absent && l.typ != absent && l.size <= 16
	if l.short {
		l.hasName = 1
		l.numMask = uint32(1<<(8*uint64(l.numLen)) - 1)
	}
	return l
}
