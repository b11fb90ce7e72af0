package dwarf2btf

import "math/bits"

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

// places finds what stands at an offset of the unit being decoded. It is a bitmap
// of the offsets with things, which are counted to find one among them: of a unit
// of ordinary size all of it fits the first level cache, and no look-up has a
// branch that a processor would guess wrong, which the 12 million references of a
// kernel feel.
type places struct {
	start  uint32 // offset of the unit
	words  []placeWord
	list   []uint64 // offset, kind and number, in the order of put
	packed []uint32 // kind and number, by offset
}

// placeWord stands for 64 bytes of a unit.
type placeWord struct {
	bits   uint64 // of the bytes where things start
	before uint32 // things before these bytes
}

// reset empties the table for a unit of size bytes, whose offset is start.
func (p *places) reset(start, size uint32) {
	n := int(size/64) + 1
	if cap(p.words) < n {
		p.words = make([]placeWord, n+n/4)
	}
	p.words = p.words[:n]
	clear(p.words)
	p.start, p.list = start, p.list[:0]
}

// put adds what stands at an offset. What is far from the unit is left out: see
// decoder.nested.
func (p *places) put(off uint32, kind thingKind, num uint32) {
	at := off - p.start
	if i := uint(at / 64); i < uint(len(p.words)) {
		p.words[i].bits |= 1 << (at % 64)
		p.list = append(p.list, uint64(at)<<32|uint64(kind)<<30|uint64(num))
	}
}

// index prepares for get, once all is put.
func (p *places) index() {
	words, list := p.words, p.list
	n := uint32(0)
	for i := range words {
		w := &words[i]
		w.before = n
		n += uint32(bits.OnesCount64(w.bits))
	}
	if cap(p.packed) < int(n) {
		p.packed = make([]uint32, n+n/4)
	}
	p.packed = p.packed[:n]
	packed := p.packed
	for i := len(list) - 1; i >= 0; i-- { // of two at one offset the first counts
		t := list[i]
		packed[words[t>>38].rank(uint32(t>>32))] = uint32(t)
	}
}

// rank returns how many things there are before one that starts at a byte of the word.
func (w *placeWord) rank(at uint32) uint32 {
	return w.before + uint32(bits.OnesCount64(w.bits&(1<<(at%64)-1)))
}

// at returns kind and number of what stands at an offset.
func (p *places) at(off uint32) (packed uint32, ok bool) {
	return placed(p.words, p.packed, off-p.start)
}

// placed is at for a byte of the unit. It is a function of what it needs, for loops
// that keep that in registers.
func placed(words []placeWord, packed []uint32, at uint32) (_ uint32, ok bool) {
	if i := uint(at / 64); i < uint(len(words)) {
		if w := &words[i]; w.bits>>(at%64)&1 != 0 {
			return packed[w.rank(at)], true
		}
	}
	return 0, false
}

// get returns what stands at an offset.
func (p *places) get(off uint32) (kind thingKind, num uint32, ok bool) {
	packed, ok := p.at(off)
	return thingKind(packed >> 30), packed & noType, ok
}
