package layout

import (
	"math/bits"

	"github.com/gopahole/gopahole/btf"
)

// A class is a struct or union with what is inferred of it. Integers have the widths
// that they have in pahole, whose results wrap around as these do.
type class struct {
	id       btf.ID
	rec      btf.Record
	size     uint32 // in bytes; 0 for a declaration
	members  []member
	align    uint32 // that has to be asked for; 0: that of the members
	natural  uint16 // the largest of the members; 0: not known yet
	preHole  uint16 // before the first member
	padding  uint16 // after the last one
	holes    uint8
	bitHoles uint8

	preBitHole uint8
	bitPadding uint8

	placing       bool // its members are being looked at
	holesFound    bool
	packedDecided bool
	packed        bool
	flexible      answer // ends with an array without a length
	embeds        answer // a member does, or one of its members
}

// A member is a member of a struct or union.
type member struct {
	size      uint64 // of the type, in bytes
	name      btf.StrOff
	typ       btf.ID
	to        btf.ID // the type behind typedefs and qualifiers; 0: none, or it has no end
	natural   uint32 // the alignment of the type
	bitOffset uint32
	offset    uint32 // in bytes; of a bit-field that of the integer around it
	hole      int32  // after it, in bytes
	align     uint32 // that has to be asked for
	at        int8   // of a bit-field: where in its integer
	width     uint8  // of a bit-field, 0 for others
	bitHole   uint8  // after it
}

// bitSize is the size of the type in bits.
func (m *member) bitSize() uint32 { return uint32(m.size * 8) }

// An answer is found once.
type answer uint8

const (
	unasked answer = iota
	no
	yes
)

func answerOf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// classes finds what is to say of structs and unions.
type classes struct {
	types   *btf.Types
	pointer uint32     // size of pointers, in bytes
	line    uint32     // size of a cache line, in bytes
	known   [][]*class // by ID, in pages
	memory  []class    // room for more
	members []member   // the same
	depth   int
	work    int // steps that may still be done for the type being printed
	err     error
}

const classesPerPage = 1 << 9

// get returns a struct or union, nil for other types.
func (c *classes) get(id btf.ID) *class {
	rec := c.types.Record(id)
	if !rec.Kind().IsComposite() && rec.Kind() != btf.KindFwd {
		return nil
	}
	if c.known == nil {
		c.known = make([][]*class, c.types.NumIDs()/classesPerPage+1)
	}
	page := &c.known[id/classesPerPage]
	if *page == nil {
		*page = make([]*class, classesPerPage)
	}
	if k := (*page)[id%classesPerPage]; k != nil {
		return k
	}
	if len(c.memory) == 0 {
		c.memory = make([]class, 32)
	}
	k := &c.memory[0]
	c.memory = c.memory[1:]
	k.id, k.rec = id, rec
	(*page)[id%classesPerPage] = k
	if rec.Kind() != btf.KindFwd {
		k.size = rec.Size()
		k.members = c.newMembers(rec.Vlen())
		for i := range k.members {
			from, m := rec.Member(i), &k.members[i]
			m.name, m.typ, m.bitOffset, m.offset, m.width = from.Name, from.Type, from.Offset, from.Offset/8, uint8(from.Width)
		}
	}
	k.placing = true
	c.place(k)
	k.placing = false
	return k
}

// newMembers returns room for n members.
func (c *classes) newMembers(n int) []member {
	const room = 256
	if n > room/4 {
		return make([]member, n)
	}
	if n > len(c.members) {
		c.members = make([]member, room)
	}
	members := c.members[:n:n]
	c.members = c.members[n:]
	return members
}

// place finds sizes, offsets and alignments of the members (pahole: class__fixup_btf_bitfields).
func (c *classes) place(k *class) {
	end := uint32(0) // of what is before a member
	for i := range k.members {
		m := &k.members[i]
		isNumber := c.resolve(m)
		if m.to == 0 {
			continue
		}
		if m.size == 0 {
			m.align = c.forced(m.offset, m.natural, end)
			continue
		}
		if m.width != 0 && isNumber {
			m.offset = m.bitOffset / m.bitSize() * m.bitSize() / 8
			m.at = int8(m.bitOffset - m.offset*8)
			if m.at < 0 {
				m.at += int8(m.bitSize())
				m.offset -= uint32(m.size)
				m.bitOffset = m.offset*8 + uint32(int32(m.at))
			}
		}
		m.align = c.forced(m.offset, m.natural, end)
		end = m.offset
		if m.width != 0 {
			end += uint32((int32(m.at) + int32(m.width) + 7) / 8)
		} else {
			end += uint32(m.size)
		}
	}
	k.align = c.forced(k.size, c.classNatural(k), end)
}

// resolve finds what the type of a member is behind typedefs and qualifiers, its size and its
// alignment, and reports whether it is a number.
func (c *classes) resolve(m *member) (isNumber bool) {
	m.to, m.natural = m.typ, 1
	rec := c.types.Record(m.to)
	for {
		switch rec.Kind() {
		case btf.KindVoid:
			m.to = 0
			return false
		case btf.KindPtr:
			m.size, m.natural = uint64(c.pointer), c.pointer
			return false
		case btf.KindInt, btf.KindFloat, btf.KindEnum, btf.KindEnum64:
			m.size = c.size(m.to)
			m.natural = max(1, uint32(m.size))
			return true
		case btf.KindTypedef, btf.KindConst, btf.KindVolatile, btf.KindRestrict:
			if m.to = c.strip(m.to); m.to == 0 {
				return false
			}
			rec = c.types.Record(m.to)
			continue
		}
		m.size, m.natural = c.size(m.to), c.natural(m.to)
		return false
	}
}

// forced returns the alignment that must be asked for to have a member at an offset
// where the one before ends at end; 0 if none has to. Offsets of a cache line are taken
// for what they look like (pahole: class__infer_alignment).
func (c *classes) forced(offset, natural, end uint32) uint32 {
	gap := offset - end
	if gap == 0 || offset%2 != 0 {
		return 0
	}
	align := uint32(1) << (bits.Len32(gap) % 32)
	switch {
	case align <= natural || align == 1:
		return 0
	case align < c.line && c.line%align == 0 && offset%c.line == 0:
		return c.line
	}
	return align
}

// findHoles finds the holes between members of a struct, and the padding after them
// (pahole: class__find_holes).
func (c *classes) findHoles(k *class) {
	if k.rec.Kind() == btf.KindUnion || k.holesFound || k.rec.Kind() == btf.KindFwd && k.rec.KindFlag() {
		return
	}
	size := k.size
	k.holes, k.bitHoles, k.bitPadding = 0, 0, 0
	fieldEnd, fieldSize := size*8, uint32(0) // of the integer that bit-fields are in
	seen, inBits := uint32(0), false
	for i := range k.members {
		m := &k.members[i]
		m.hole, m.bitHole = 0, 0
		start := m.bitOffset
		end := start + uint32(m.size)*8
		if m.width != 0 {
			end = start + uint32(m.width)
		}
		bitHole, hole := int32(0), int32(0)
		if inBits { // what is left of the integer
			stop := min(start, fieldEnd)
			bitHole = int32(stop - seen)
			seen = stop
		}
		if m.width != 0 {
			if aligned := m.offset * 8; seen < aligned && aligned <= start {
				hole = int32(m.offset - seen/8)
				seen = aligned
			}
			bitHole += int32(start - seen)
		} else {
			hole = int32(start/8 - seen/8)
		}
		seen = end
		inBits = m.width != 0
		switch {
		case !inBits:
			fieldSize, fieldEnd = 0, end
		case end > fieldEnd || m.bitSize() > fieldSize:
			fieldSize = m.bitSize()
			fieldEnd = m.offset*8 + fieldSize
			if end > fieldEnd { // it goes on in the next integer
				fieldEnd += fieldSize
			}
		}
		if i > 0 {
			k.members[i-1].hole, k.members[i-1].bitHole = hole, uint8(bitHole)
		} else {
			k.preHole, k.preBitHole = uint16(hole), uint8(bitHole)
		}
		if bitHole != 0 {
			k.bitHoles++
		}
		if hole > 0 {
			k.holes++
		}
	}
	if inBits {
		stop := min(size*8, fieldEnd)
		k.bitPadding = uint8(stop - seen)
		seen = stop
	}
	k.padding = uint16(size - seen/8)
	k.holesFound = true
}
