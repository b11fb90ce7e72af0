package die

import (
	"encoding/binary"
	"math"
)

// Half of .debug_info is struct members, and nearly all of them have been read before,
// because units include the same headers. So a struct that has the name of one read
// before is compared with it. Only the references differ from unit to unit.

// quick is what Repeat needs to know of an abbreviation, offsets in bytes from
// the end of the abbreviation code, or of an inline name.
type quick struct {
	kind     quickKind
	name     uint8  // where the name's offset is
	typ      uint8  // where the reference is
	num      uint8  // where the member's offset is
	bits     uint8  // where the size of a bit-field is
	bitField bool   // the member's offset is in bits, not in bytes
	size     uint8  // bytes in all, at most maxQuick
	nameMask uint32 // of the bits of the name's offset, 0 if there is no name
	numMask  uint32 // of the bits of the member's offset; 0: it is imp
	imp      uint32 // 0 without an offset, as in unions
}

type quickKind uint8

const (
	notQuick    quickKind = iota
	quickOffset           // a member whose name, if any, is an offset
	quickInline           // a member whose name stands in the entry
)

const (
	maxQuick    = 32
	quickWindow = 64 + 4 // bytes from the start of an entry that may be loaded; more than 2+4+maxQuick+4
)

// quickMember classifies a declaration. Those with attributes that Repeat does
// not know are not quick.
func quickMember(a *Abbrev) (q quick) {
	if a.Tag != TagMember || a.Children {
		return quick{}
	}
	kind := quickOffset
	at, typ, num, bits := 0, false, false, false
	for i := range a.ops {
		o := &a.ops[i]
		n := o.fixedLen()
		if o.code == opString && i == 0 && o.slot == Name {
			kind = quickInline
			continue
		}
		if n < 0 || at+n > maxQuick {
			return quick{}
		}
		switch {
		case o.slot == SlotNone:
		case o.slot == Name && o.form == FormStrp && n == 4:
			q.name, q.nameMask = uint8(at), 1<<32-1
		case o.slot == Type && o.form == FormRef && n == 4:
			q.typ, typ = uint8(at), true
		case (o.slot == DataMemberLocation || o.slot == DataBitOffset) && !num && o.unsigned32():
			q.num, num = uint8(at), true
			q.numMask, q.imp = uint32(1<<(8*uint64(n))-1), uint32(o.imp)
			q.bitField = o.slot == DataBitOffset
		case o.slot == BitSize && o.form == FormData1:
			q.bits, bits = uint8(at), true
		default:
			return quick{}
		}
		at += n
	}
	if !typ || bits != q.bitField {
		return quick{}
	}
	q.kind, q.size = kind, uint8(at)
	return q
}

// unsigned32 reports whether the op reads a number that has 32 bits.
func (o *op) unsigned32() bool {
	switch o.form {
	case FormData1, FormData2, FormData4:
		return true
	}
	return o.code == opImplicit && int64(int32(o.imp)) == o.imp
}

// quickTable has the quick declarations of a table by code.
type quickTable struct {
	by   [256]quick
	used int // codes from 1 on that may be set
}

func (t *quickTable) reset() {
	clear(t.by[:t.used+1])
	t.used = 0
}

// set is called for ascending codes.
func (t *quickTable) set(code int, q *quick) {
	if code < len(t.by) {
		t.by[code], t.used = *q, code
	}
}

// Repeat reads the members that come next, and the null entry after them, if they are
// the expected ones. want has two words for each: the key of its name,
// and its offset in bits with the size of a bit-field in the high byte. bitFields
// says whether there are bit-fields among them. The offsets of their types are stored in
// refs, which has one element for each. If ok is false, there are other members, or
// some that Repeat cannot read, and the cursor has not moved.
func (c *Cursor) Repeat(want []uint32, refs []Ref, bitFields bool) (ok bool) {
	if c.Big {
		return false
	}
	// There are more variables here than registers: what is rarely needed is left in
	// memory.
	d, p, byCode := c.Data, uint(c.Pos), &c.Table.quick.by
	state := noBits
	if bitFields {
		state = wantBits
	}
	for i := uint(0); i < uint(len(refs)) && 2*i+1 < uint(len(want)); i++ {
		// Values are loaded without a look at their length. Members at the end of
		// a unit are left to Attrs.
		if p+quickWindow > uint(len(d)) {
			return false
		}
		b := (*[quickWindow]byte)(d[p : p+quickWindow : p+quickWindow])
		code, at := b[0], uint(1)
		if code >= 0x80 {
			if b[1] != 1 {
				return false
			}
			at = 2
		}
		q := &byCode[code]
		key := want[2*i]
		switch q.kind {
		case quickOffset:
			name := load(b, at+uint(q.name)) & q.nameMask
			if name >= KeyPacked-1 || name+q.nameMask&1 != key {
				return false
			}
		case quickInline:
			// The name is as long as the key says if it ends there.
			length := key >> 24 & 3
			if key>>26 != KeyPacked>>26 || load(b, at)&(math.MaxUint32>>(24-8*length)) != key&0xffffff {
				return false
			}
			at += uint(length) + 1
		default:
			return false
		}
		num := load(b, at+uint(q.num))&q.numMask + q.imp
		if q.bitField {
			bits := b[(at+uint(q.bits))%64]
			if bits == 0 || state == noBits {
				return false
			}
			num, state = num|uint32(bits)<<24, hadBits
		} else {
			num *= 8
		}
		typ := load(b, at+uint(q.typ))
		if num != want[2*i+1] || uint(typ)-1 >= uint(len(d))-1 {
			return false
		}
		refs[i] = Ref(typ)
		p += at + uint(q.size)
	}
	if p >= uint(len(d)) || d[p] != 0 || state == wantBits {
		return false
	}
	c.Pos = Off(p + 1)
	c.DIEs += uint64(len(refs))
	return true
}

const (
	noBits   = iota // there must be no bit-fields
	wantBits        // there must be some
	hadBits
)

// load returns the 4 bytes at an offset below 64, in little-endian order.
func load(b *[quickWindow]byte, at uint) uint32 {
	return binary.LittleEndian.Uint32(b[at%64:])
}
