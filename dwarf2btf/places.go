package dwarf2btf

import (
	"math/bits"
	"math/rand/v2"
)

// thing says what stands at an offset: a type, a parameter, a function or a
// variable.
type thing struct {
	off  uint32
	kind thingKind
	num  uint32 // type number, or index + 1
}

type thingKind uint8

const (
	thingType thingKind = iota
	thingParam
	thingFunc
	thingVar
)

// noType is the number of a type DIE that means void.
const noType = 1<<30 - 1

// places finds what stands at an offset of the unit being decoded. It is a hash
// table rather than a slice by offset: the 2,000 entries of a unit then fit the
// first level cache, which the 12 million references of a kernel feel.
type places struct {
	slots []uint64 // offset, kind and number; 0 = free; length a power of two
	spare []uint64
	n     int
	shift uint8
	seed  uint64 // odd: input cannot be made to collide
}

// reset empties the table for a unit of size bytes.
func (p *places) reset(size uint32) {
	if p.seed == 0 {
		p.seed = rand.Uint64() | 1
	}
	const perThing = 24 // bytes of a unit, at least half of what compilers need
	log := max(8, bits.Len32(size/perThing))
	if n := 1 << log; cap(p.slots) >= n {
		p.slots = p.slots[:n]
		clear(p.slots)
	} else {
		p.slots = make([]uint64, n)
	}
	p.n, p.shift = 0, uint8(64-log)
}

func (p *places) put(off uint32, kind thingKind, num uint32) {
	if p.n++; 4*p.n > 3*len(p.slots) {
		p.grow()
	}
	p.place(uint64(off)<<32 | uint64(kind)<<30 | uint64(num))
}

func (p *places) grow() {
	old := p.slots
	p.slots, p.spare = p.spare, old
	if n := 2 * len(old); cap(p.slots) >= n {
		p.slots = p.slots[:n]
		clear(p.slots)
	} else {
		p.slots = make([]uint64, n)
	}
	p.shift--
	for _, s := range old {
		if s != 0 {
			p.place(s)
		}
	}
}

func (p *places) place(s uint64) {
	slots := p.slots
	mask := uint64(len(slots) - 1)
	i := (s >> 32) * p.seed >> (p.shift & 63)
	for slots[i&mask] != 0 {
		i++
	}
	slots[i&mask] = s
}

// get returns what stands at an offset, which must not be 0.
func (p *places) get(off uint32) (kind thingKind, num uint32, ok bool) {
	mask := uint64(len(p.slots) - 1)
	for i := uint64(off) * p.seed >> (p.shift & 63); ; i++ {
		s := p.slots[i&mask]
		if uint32(s>>32) == off {
			return thingKind(s >> 30 & 3), uint32(s) & noType, true
		}
		if s == 0 {
			return 0, 0, false
		}
	}
}
