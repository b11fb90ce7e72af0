package layout

import (
	"encoding/binary"
	"slices"
)

// packedSize returns the size in bytes that a struct with holes would have with its members
// in another order, by pahole's method: members that fit move into holes, until none does
// (pahole: class__reorganize). What it takes away of the size when it moves a member need
// not be what a compiler would. Its method does not end for some structs, as it
// comes back to an order that was there before. Then ends is false, and the size is that with
// members in the order of their alignment.
func (c *classes) packedSize(k *class) (size uint32, ends bool) {
	members := c.members(k.id)
	defer c.done(members)
	c.align(k, members)
	c.findHoles(k, members)
	r := reorganizer{c, *k, slices.Clone(members)}
	seen := make(map[string]bool)
	for {
		state := r.state()
		if c.work -= len(r.members); c.work < 0 || seen[state] {
			return c.sortedSize(k, members), false
		}
		seen[state] = true
		if !r.improve() {
			return r.size, true
		}
	}
}

// A reorganizer moves the members of a copy of a struct.
type reorganizer struct {
	c *classes
	class
	members []member
}

// state is what the next moves depend on.
func (r *reorganizer) state() string {
	state := binary.AppendUvarint(nil, uint64(r.size))
	state = binary.AppendUvarint(state, uint64(r.padding))
	for i := range r.members {
		m := &r.members[i]
		state = binary.AppendUvarint(state, uint64(m.name))
		state = binary.AppendUvarint(state, uint64(m.bitOffset))
		state = binary.AppendUvarint(state, uint64(m.typ))
	}
	return string(state)
}

// improve moves a member, if one can be.
func (r *reorganizer) improve() bool {
	if len(r.members) == 0 {
		return false
	}
	r.pad()
	last := len(r.members) - 1
	for i := range r.members {
		hole := r.members[i].hole
		if hole == 0 {
			continue
		}
		if j := r.nextBeforeHole(i, hole); j > i+1 && r.move(j, i, false) {
			return true
		}
		if r.padding > 0 && i != last && fits(&r.members[last], hole) && r.move(last, i, true) {
			return true
		}
	}
	if r.holes == 0 {
		return false
	}
	for i := range r.members {
		if hole := r.members[i].hole; hole != 0 {
			if j := r.lastThatFits(i, hole); j > i+1 && r.move(j, i, false) {
				return true
			}
		}
	}
	return false
}

// pad guesses the padding at the end by the largest member that fits into a pointer together
// with the hole after it.
func (r *reorganizer) pad() {
	align := uint64(0)
	for i := range r.members {
		m := &r.members[i]
		if size := m.size + uint64(int64(m.hole)); size <= uint64(r.c.pointer) {
			align = max(align, size)
		}
	}
	if align == 0 {
		return
	}
	if align > 1 {
		align += align % 2
	}
	m := &r.members[len(r.members)-1]
	end, padding := uint64(m.offset)+m.size, uint16(0)
	if rest := end % align; rest != 0 {
		padding = uint16(uint64(r.c.pointer) - rest)
	}
	if padding != r.padding {
		r.padding, r.size = padding, uint32(end+uint64(padding))
	}
}

// fits reports whether a member is no larger than a hole. pahole compares without a sign.
func fits(m *member, hole int32) bool { return m.size != 0 && m.size <= uint64(int64(hole)) }

// nextBeforeHole returns the first member after i with a hole after it that fits a hole, of
// bit-fields the first; 0 for none.
func (r *reorganizer) nextBeforeHole(i int, hole int32) int {
	head := 0
	for j := i + 1; j < len(r.members); j++ {
		m := &r.members[j]
		switch {
		case m.width == 0:
			head = 0
		case head == 0:
			head = j
		}
		if m.hole != 0 && fits(m, hole) {
			if head != 0 {
				return head
			}
			return j
		}
	}
	return 0
}

// lastThatFits returns the last member after i that fits a hole, and is not in the midst of
// bit-fields; 0 for none.
func (r *reorganizer) lastThatFits(i int, hole int32) int {
	for j := len(r.members) - 1; j > i; j-- {
		m := &r.members[j]
		if m.width != 0 && m.offset != 0 && r.members[j-1].width != 0 {
			continue
		}
		if fits(m, hole) {
			return j
		}
	}
	return 0
}

// move puts member from into the hole after member to, which comes before it. Bit-fields stay
// where they are.
func (r *reorganizer) move(from, to int, fromPadding bool) bool {
	m := r.members[from]
	if m.width != 0 {
		return false
	}
	dest := &r.members[to]
	wasLast, oldOffset := from == len(r.members)-1, uint16(m.offset)
	rest := uint16(uint64(int64(dest.hole)) % min(m.size, uint64(r.c.pointer)))
	offset := uint16(uint64(dest.offset) + dest.size + uint64(rest))
	m.offset, m.bitOffset = uint32(offset), uint32(offset)*8+uint32(int32(m.at))
	copy(r.members[to+2:from+1], r.members[to+1:from])
	r.members[to+1] = m
	taken := uint32(m.size) + uint32(r.padding)
	switch {
	case fromPadding:
		if uint32(oldOffset)%r.c.pointer == 0 {
			r.size -= taken
		}
	case wasLast:
		r.size -= taken
	case uint64(uint16(m.hole))+m.size >= uint64(r.c.pointer):
		r.size -= r.c.pointer
		for i := from + 1; i < len(r.members); i++ { // what came after it
			r.members[i].offset -= r.c.pointer
			r.members[i].bitOffset -= r.c.pointer * 8
		}
	}
	r.c.findHoles(&r.class, r.members)
	return true
}

// sortedSize returns the size of a struct with the members of the largest alignment first,
// which leaves no holes between them. Bit-fields stay together, in whole integers.
func (c *classes) sortedSize(k *class, members []member) uint32 {
	size := uint64(0)
	for i := 0; i < len(members); {
		m := &members[i]
		i++
		if m.width == 0 {
			size += m.size
			continue
		}
		end, unit := uint64(m.bitOffset)+uint64(m.width), max(1, m.size)
		for ; i < len(members) && members[i].width != 0; i++ {
			next := &members[i]
			end, unit = uint64(next.bitOffset)+uint64(next.width), max(unit, next.size)
		}
		size += roundUp((end-uint64(m.bitOffset)+7)/8, unit)
	}
	return uint32(roundUp(size, max(1, uint64(c.classNatural(k)))))
}

func roundUp(n, to uint64) uint64 { return (n + to - 1) / to * to }
