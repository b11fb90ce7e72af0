package layout

// findHoles finds the holes between members of a struct, and the padding after them
// (pahole: class__find_holes).
func (c *classes) findHoles(k *class, members []member) {
	if !k.isStruct {
		return
	}
	size := k.size
	k.holes, k.bitHoles, k.bitPadding = 0, 0, 0
	fieldEnd, fieldSize := size*8, uint32(0) // of the integer that bit-fields are in
	seen, inBits := uint32(0), false
	for i := range members {
		m := &members[i]
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
			members[i-1].hole, members[i-1].bitHole = hole, uint8(bitHole)
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
