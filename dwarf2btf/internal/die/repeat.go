package die

import (
	"encoding/binary"
	"math"
)

// Half of .debug_info is struct members, and nearly all of them have been read before,
// because units include the same headers. So a struct that has the name of one read
// before is compared with it. Only the references differ from unit to unit.

// quick is what Repeat needs to know of an abbreviation, offsets in bytes from the start of the
// entry. They are larger by one where the abbreviation code takes two bytes, and by the length of
// an inline name.
type quick struct {
	kind     quickKind
	name     uint8  // where the name's offset is
	typ      uint8  // where the reference is
	num      uint8  // where the member's offset is
	bits     uint8  // where the size of a bit-field is
	bitField bool   // the member's offset is in bits, not in bytes
	size     uint8  // bytes in all, at most 1+maxQuick
	numMask  uint32 // of the bits of the member's offset; 0: it is imp
	imp      uint32 // 0 without an offset, as in unions
}

type quickKind uint8

const (
	notQuick     quickKind = iota
	quickPlain             // a member that is no bit-field, whose name is an offset
	quickOffset            // another one whose name is an offset
	quickUnnamed           // a member without a name
	quickInline            // a member whose name stands in the entry
)

const (
	maxQuick    = 32
	quickWindow = 256 + 4 // bytes from the start of an entry that may be loaded: an offset has a byte
)

// quickMember classifies a declaration. Those with attributes that Repeat does
// not know are not quick.
func quickMember(a *Abbrev) (q quick) {
	if a.Tag != TagMember || a.Children {
		return quick{}
	}
	kind := quickUnnamed
	at, typ, num, bits := 1, false, false, false
	for i := range a.ops {
		o := &a.ops[i]
		n := o.fixedLen()
		if o.code == opString && i == 0 && o.slot == Name {
			kind = quickInline
			continue
		}
		if n < 0 || at+n > 1+maxQuick {
			return quick{}
		}
		switch {
		case o.slot == SlotNone:
		case o.slot == Name && o.form == FormStrp && n == 4:
			q.name, kind = uint8(at), quickOffset
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
	if kind == quickOffset && !bits {
		kind = quickPlain
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

// quickTable has the quick declarations of a table: by the first byte of their code, for codes of
// one byte, and of two.
type quickTable struct {
	by   [256]quick // the second half is empty
	wide [256]quick // the first half is empty: codes up to 255 have a 1 in the second byte
	used int        // codes from 1 on that may be set
}

func (t *quickTable) reset() {
	clear(t.by[:min(t.used, 0x7f)+1])
	clear(t.wide[:t.used+1])
	t.used = 0
}

// set is called for ascending codes.
func (t *quickTable) set(code int, q *quick) {
	switch {
	case code < 0x80:
		t.by[code], t.used = *q, code
	case code < 0x100:
		t.wide[code], t.used = *q, code
	}
}

// Repeat reads the members that come next, and the null entry after them, if they are
// the expected ones. want has two words for each: the key of its name,
// and its offset in bits with the size of a bit-field in the high byte. bitFields
// says whether there are bit-fields among them. The offsets of their types are stored in
// refs, which has one element for each. If ok is false, there are other members, or
// some that Repeat cannot read, and the cursor has not moved.
func (c *Cursor) Repeat(want []uint32, refs []Ref, bitFields bool) (ok bool) {
	if c.Big || len(want) != 2*len(refs) {
		return false
	}
	d, p := c.Data, uint(c.Pos)
	state := noBits
	if bitFields {
		state = wantBits
	}
	for i := 0; i < len(refs); i++ {
		if p, i = c.plainMembers(p, want, refs, i); i == len(refs) {
			break
		}
		// Values are loaded without a look at their length. Members at the end of
		// a unit are left to Attrs.
		if p+quickWindow > uint(len(d)) {
			return false
		}
		b := (*[quickWindow]byte)(d[p : p+quickWindow : p+quickWindow])
		q, at := &c.Table.quick.by[b[0]], uint8(0)
		if b[0] >= 0x80 {
			if b[1] != 1 {
				return false
			}
			q, at = &c.Table.quick.wide[b[0]], 1
		}
		key := want[2*i]
		switch q.kind {
		case quickPlain, quickOffset:
			if name := load(b, at+q.name); name >= KeyPacked-1 || name+1 != key {
				return false
			}
		case quickUnnamed:
			if key != 0 {
				return false
			}
		case quickInline:
			// The name is as long as the key says if it ends there.
			length := key >> 24 & 3
			if key>>26 != KeyPacked>>26 || load(b, at+1)&(math.MaxUint32>>(24-8*length)) != key&0xffffff {
				return false
			}
			at += uint8(length) + 1
		default:
			return false
		}
		num := load(b, at+q.num)&q.numMask + q.imp
		if q.bitField {
			bits := b[at+q.bits]
			if bits == 0 || state == noBits {
				return false
			}
			num, state = num|uint32(bits)<<24, hadBits
		} else {
			num *= 8
		}
		typ := load(b, at+q.typ)
		if num != want[2*i+1] || uint(typ)-1 >= uint(len(d))-1 {
			return false
		}
		refs[i] = Ref(typ)
		p += uint(at) + uint(q.size)
	}
	if p >= uint(len(d)) || d[p] != 0 || state == wantBits {
		return false
	}
	c.Pos = Off(p + 1)
	c.DIEs += uint64(len(refs))
	return true
}

// plainMembers is Repeat for nine members of ten, those of quickPlain with a code of one byte. It
// reads them, from p and index i on, up to the first that is another one, or not as expected, and
// returns where that is, and its index. It calls nothing, so that what the loop needs stays in
// registers, as it would not in its caller.
//
//go:noinline
func (c *Cursor) plainMembers(p uint, want []uint32, refs []Ref, i int) (uint, int) {
	d, byCode := c.Data[p:], &c.Table.quick.by
	size := uint32(len(c.Data)) // a unit is smaller than 2 GiB
	j := 2 * uint(i)
	for ; j+1 < uint(len(want)) && j/2 < uint(len(refs)) && len(d) >= quickWindow; j += 2 {
		b := (*[quickWindow]byte)(d)
		q := &byCode[b[0]]
		typ, num := load(b, q.typ), (load(b, q.num)&q.numMask+q.imp)*8
		if q.kind != quickPlain || load(b, q.name)+1 != want[j] || want[j]-1 >= KeyPacked-1 || num != want[j+1] || typ-1 >= size-1 {
			break
		}
		refs[j/2] = Ref(typ)
		d = d[q.size:]
	}
	return uint(len(c.Data) - len(d)), int(j / 2)
}

const (
	noBits   = iota // there must be no bit-fields
	wantBits        // there must be some
	hadBits
)

// load returns the 4 bytes at an offset, in little-endian order.
func load(b *[quickWindow]byte, at uint8) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
