package layout

import (
	"math/bits"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// A member is a member of a struct or union.
type member struct {
	memberType
	name      btf.StrOff
	bitOffset uint32
	offset    uint32 // in bytes; of a bit-field that of the integer around it
	hole      int32  // after it, in bytes
	align     uint32 // that has to be asked for
	at        int8   // of a bit-field: where in its integer
	width     uint8  // of a bit-field, 0 for others
	bitHole   uint8  // after it
}

// A memberType is what a member has of its type.
type memberType struct {
	typ     btf.ID
	to      btf.ID     // what is behind typedefs and qualifiers; 0: nothing, or they have no end
	rec     btf.Record // of typ
	size    uint64     // in bytes
	natural uint32     // the alignment; 0: not known yet
	kind    btf.Kind   // of to
}

// lately is how many types classes remember that members had. Few types are those of many members.
const lately = 256

// wordsPerMember is what a member takes in a record (struct btf_member).
const wordsPerMember = 3

// bitSize is the size of the type in bits.
func (m *member) bitSize() uint32 { return uint32(m.size * 8) }

// members returns the members of a struct or union, with sizes and places, but without what align
// and findHoles find. They are in memory that is used again after done, which is called for the
// last ones first. There are none of a type that contains itself so often that those around it alone would take
// more memory than all types.
func (c *classes) members(id btf.ID) []member {
	rec := c.types.Record(id)
	if !rec.Kind().IsComposite() {
		return nil
	}
	start, n := len(c.room), rec.Vlen()
	if start+n > c.membersAtOnce() {
		c.tooDeep(id)
		return nil
	}
	c.room = slices.Grow(c.room, n)[:start+n]
	members := c.room[start : start+n : start+n]
	for i := range members {
		from, m := rec.Member(i), &members[i]
		*m = member{memberType: *c.typeAt(from.Type), name: from.Name, bitOffset: from.Offset, offset: from.Offset / 8, width: uint8(from.Width)}
		if m.width != 0 && m.size != 0 && isNumber(m.kind) {
			m.placeInInteger()
		}
	}
	return members
}

// membersAtOnce bounds the members that are being looked at: what is in another type is not that type, so that all
// of them are different ones.
func (c *classes) membersAtOnce() int {
	if c.most == 0 {
		for t := c.types; t != nil; t = t.Base() {
			c.most += len(t.Words()) / wordsPerMember
		}
	}
	return c.most
}

func (c *classes) done(members []member) { c.room = c.room[:len(c.room)-len(members)] }

// typeAt returns what a member has of a type, as it was found lately if it was.
func (c *classes) typeAt(typ btf.ID) *memberType {
	t := &c.lately[typ%lately]
	if t.typ != typ {
		*t = c.resolve(typ)
	}
	return t
}

// naturalAt returns the alignment of a type.
func (c *classes) naturalAt(typ btf.ID) uint32 {
	t := c.typeAt(typ)
	if t.natural != 0 {
		return t.natural
	}
	natural := c.natural(t.to)
	if t.typ == typ { // other types may have come up
		t.natural = natural
	}
	return natural
}

// resolve finds what the type of a member is behind typedefs and qualifiers, and its size.
func (c *classes) resolve(typ btf.ID) memberType {
	rec := c.types.Record(typ)
	t := memberType{typ: typ, to: typ, rec: rec}
	for n := 0; isTransparent(rec.Kind()); n++ {
		if c.longChain(t.to, n) {
			t.to, t.natural = 0, 1
			return t
		}
		t.to = rec.Type()
		rec = c.types.Record(t.to)
	}
	t.kind = rec.Kind()
	switch {
	case t.kind == btf.KindVoid:
		t.to, t.natural = 0, 1
	case t.kind == btf.KindPtr:
		t.size, t.natural = uint64(c.pointer), c.pointer
	case isNumber(t.kind):
		t.size = numberSize(rec)
		t.natural = max(1, uint32(t.size))
	default:
		t.size = c.sizeOf(t.to, rec)
	}
	return t
}

// placeInInteger finds the integer that a bit-field is in (pahole: class__fixup_btf_bitfields).
func (m *member) placeInInteger() {
	unit := m.bitSize()
	if unit == 0 { // of an enum of 1<<29 bytes it is too large a number
		return
	}
	m.offset = m.bitOffset / unit * unit / 8
	m.at = int8(m.bitOffset - m.offset*8)
	if m.at < 0 {
		m.at += int8(unit)
		m.offset -= uint32(m.size)
		m.bitOffset = m.offset*8 + uint32(int32(m.at))
	}
}

// align finds the alignments of members, and those that have to be asked for.
func (c *classes) align(k *class, members []member) {
	k.placing = true
	most, end := uint16(0), uint32(0) // end of what is before a member
	for i := range members {
		m := &members[i]
		if m.natural == 0 {
			m.natural = c.naturalAt(m.typ)
		}
		if m.to == 0 {
			continue
		}
		most = max(most, uint16(m.natural))
		m.align = c.forced(m.offset, m.natural, end)
		switch {
		case m.size == 0:
		case m.width != 0:
			end = m.offset + uint32((int32(m.at)+int32(m.width)+7)/8)
		default:
			end = m.offset + uint32(m.size)
		}
	}
	k.natural, k.naturalFound, k.placing = most, true, false
	k.align = c.forced(k.size, uint32(most), end)
}

// forced returns the alignment that must be asked for to have a member at an offset
// where the one before ends at end; 0 if none has to. Offsets of a cache line are taken
// for what they look like (pahole: class__infer_alignment).
func (c *classes) forced(offset, natural, end uint32) uint32 {
	if offset == end || offset%2 != 0 {
		return 0
	}
	return c.forcedAfterGap(offset, natural, offset-end)
}

func (c *classes) forcedAfterGap(offset, natural, gap uint32) uint32 {
	align := uint32(1) << (bits.Len32(gap) % 32)
	switch {
	case align <= natural || align == 1:
		return 0
	case align < c.line && c.line%align == 0 && offset%c.line == 0:
		return c.line
	}
	return align
}
