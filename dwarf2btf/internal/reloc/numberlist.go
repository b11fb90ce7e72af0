package reloc

import "math"

// numberList is a list of millions of numbers, which have 16 bits in nearly all modules.
type numberList struct {
	low  []uint16
	high []uint16 // nil as long as all are 0
}

func (l *numberList) append(v uint32) {
	if v > math.MaxUint16 && l.high == nil {
		l.high = make([]uint16, len(l.low), cap(l.low))
	}
	l.low = append(l.low, uint16(v))
	if l.high != nil {
		l.high = append(l.high, uint16(v>>16))
	}
}

func (l *numberList) at(i uint32) uint32 {
	v := uint32(l.low[i])
	if l.high != nil {
		v |= uint32(l.high[i]) << 16
	}
	return v
}
