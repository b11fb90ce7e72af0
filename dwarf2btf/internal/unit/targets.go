package unit

import "math/bits"

// target is what a reference can lead to: a type, a parameter, a function or a variable,
// and where it stands.
type target struct {
	off  uint32
	kind targetKind
	num  uint32 // type number, or index + 1
}

type targetKind uint8

const (
	targetType targetKind = iota
	targetParam
	targetFunc
	targetVar
)

// noType is the number of a type DIE that means void.
const noType = 1<<30 - 1

// targets finds the target at an offset of the unit that is being decoded. It is a bitmap of
// the offsets that have one. The number of bits before an offset is the index of its target.
// For a unit of ordinary size all of this fits into the first level cache, and no look-up
// has a branch that a processor would guess wrong. A kernel has 12 million references.
type targets struct {
	start  uint32 // offset of the unit
	words  []targetWord
	list   []uint64 // offset, kind and number, in the order of put
	packed []uint32 // kind and number, by offset
}

// targetWord stands for 64 bytes of a unit.
type targetWord struct {
	bits   uint64 // of the bytes where targets start
	before uint32 // targets before these bytes
}

// reset empties the table for a unit of size bytes, whose offset is start.
func (t *targets) reset(start, size uint32) {
	n := int(size/64) + 1
	if cap(t.words) < n {
		t.words = make([]targetWord, n+n/4)
	}
	t.words = t.words[:n]
	clear(t.words)
	t.start, t.list = start, t.list[:0]
}

// put adds the target at an offset. One that is far from the unit is left out: see
// Decoder.nested.
func (t *targets) put(off uint32, kind targetKind, num uint32) {
	at := off - t.start
	if i := uint(at / 64); i < uint(len(t.words)) {
		t.words[i].bits |= 1 << (at % 64)
		t.list = append(t.list, uint64(at)<<32|uint64(kind)<<30|uint64(num))
	}
}

// index prepares for get, once all is put.
func (t *targets) index() {
	words, list := t.words, t.list
	n := uint32(0)
	for i := range words {
		w := &words[i]
		w.before = n
		n += uint32(bits.OnesCount64(w.bits))
	}
	if cap(t.packed) < int(n) {
		t.packed = make([]uint32, n+n/4)
	}
	t.packed = t.packed[:n]
	packed := t.packed
	for i := len(list) - 1; i >= 0; i-- { // of two at one offset the first counts
		t := list[i]
		packed[words[t>>38].rank(uint32(t>>32))] = uint32(t)
	}
}

// rank returns how many targets there are before one that starts at a byte of the word.
func (w *targetWord) rank(at uint32) uint32 {
	return w.before + uint32(bits.OnesCount64(w.bits&(1<<(at%64)-1)))
}

// at returns kind and number of the target at an offset.
func (t *targets) at(off uint32) (packed uint32, ok bool) {
	return targetAt(t.words, t.packed, off-t.start)
}

// targetAt is at for a byte of the unit. It takes slices, not the table, so that a loop can
// keep them in registers.
func targetAt(words []targetWord, packed []uint32, at uint32) (_ uint32, ok bool) {
	if i := uint(at / 64); i < uint(len(words)) {
		if w := &words[i]; w.bits>>(at%64)&1 != 0 {
			return packed[w.rank(at)], true
		}
	}
	return 0, false
}

// get returns the target at an offset.
func (t *targets) get(off uint32) (kind targetKind, num uint32, ok bool) {
	packed, ok := t.at(off)
	return targetKind(packed >> 30), packed & noType, ok
}
