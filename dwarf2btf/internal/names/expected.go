package names

import (
	"bytes"
	"math/bits"

	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
)

// expected knows the offsets that a base has for the strings of one input, and for all
// strings that compilers put into .debug_info itself. An input has some thousand strings and
// a kernel 110,000: to go through these, with most of them passed over after a look at their
// first bytes, takes less than to index them, and much less memory.
type expected struct {
	texts [2][]byte // strings of the input with their NULs
	slots []uint32  // number of an entry by hash; 0 = free; length a power of two
	all   []entry   // without the first one
	short shortNames
}

type entry struct {
	hash uint32
	at   uint32 // offset in texts[0], or behind that in texts[1]
	off  uint32 // in the base, 0 if it does not have the string
}

// newExpected looks for strings in a base. It returns nil if that is not worth while.
func newExpected(base *Base, texts ...[]byte) *expected {
	e, size := new(expected), 0
	for i, t := range texts {
		e.texts[i] = t[:bytes.LastIndexByte(t, 0)+1]
		size += len(e.texts[i])
	}
	if size > len(base.text)/2 {
		return nil
	}
	e.all = make([]entry, 1, size/12+2)
	e.slots = make([]uint32, 1<<bits.Len(uint(2*cap(e.all))))
	before := 0
	for _, t := range e.texts {
		for at := 0; at < len(t); {
			h, size := texthash.HashAt(base.seed, t, at)
			if size > maxShort {
				e.add(h, t[at:at+size], uint32(before+at))
			}
			at += size + 1
		}
		before += len(t)
	}
	if !e.lookFor(base) {
		return nil
	}
	return e
}

// add adds a string, once.
func (e *expected) add(h uint32, s []byte, at uint32) {
	i := e.slot(h, s)
	if e.slots[i] != 0 {
		return
	}
	e.slots[i] = uint32(len(e.all))
	if e.all = append(e.all, entry{hash: h, at: at}); 2*len(e.all) > len(e.slots) {
		e.grow()
	}
}

// slot returns the index of the slot of a string, or of the free one where it belongs.
func (e *expected) slot(h uint32, s []byte) uint32 {
	mask := uint32(len(e.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		n := &e.all[e.slots[i]]
		if e.slots[i] == 0 {
			return i
		}
		if n.hash != h {
			continue
		}
		if text := e.text(n); len(text) > len(s) && text[len(s)] == 0 && string(text[:len(s)]) == string(s) {
			return i
		}
	}
}

// text returns the string of an entry, and what follows it.
func (e *expected) text(n *entry) []byte {
	if first := e.texts[0]; int(n.at) < len(first) {
		return first[n.at:]
	}
	return e.texts[1][int(n.at)-len(e.texts[0]):]
}

func (e *expected) grow() {
	e.slots = make([]uint32, 2*len(e.slots))
	mask := uint32(len(e.slots) - 1)
	for n := 1; n < len(e.all); n++ {
		i := e.all[n].hash & mask
		for e.slots[i] != 0 {
			i = (i + 1) & mask
		}
		e.slots[i] = uint32(n)
	}
}

// lookFor goes through the strings of the base. It reports false if too many are short.
func (e *expected) lookFor(base *Base) bool {
	var begin beginnings
	for i := 1; i < len(e.all); i++ {
		w, _ := firstBytes(e.text(&e.all[i]))
		begin.add(w)
	}
	text := base.text
	for at := uint(0); at < uint(len(text)); {
		if at+wordSize > uint(len(text)) { // the last one
			w, size := firstBytes(text[at:])
			if !e.meet(base, at, w, size) {
				return false
			}
			at += uint(size) + 1
			continue
		}
		w := word(text[at : at+wordSize])
		if zero := texthash.Zero(w); zero != 0 {
			size := uint(bits.TrailingZeros64(zero)) / 8
			w &= 1<<(8*size) - 1
			if (size <= maxShort || begin.has(w)) && !e.meet(base, at, w, int(size)) {
				return false
			}
			at += size + 1
			continue
		}
		if begin.has(w) {
			e.meet(base, at, w, wordSize)
		}
		for at += wordSize; at+wordSize <= uint(len(text)); at += wordSize {
			if zero := texthash.Zero(word(text[at : at+wordSize])); zero != 0 {
				at += uint(bits.TrailingZeros64(zero)) / 8
				break
			}
		}
		for at < uint(len(text)) && text[at] != 0 {
			at++
		}
		at++
	}
	return true
}

// meet notes where the base has a string, of which the first bytes are known. It reports
// false if too many are short. Of several equal ones the first counts.
func (e *expected) meet(base *Base, at uint, first uint64, size int) bool {
	if size <= maxShort {
		return size == 0 || e.short.add(first, uint32(at))
	}
	h, size := texthash.HashAt(base.seed, base.text, int(at))
	if i := e.slots[e.slot(h, []byte(base.text[at:][:size]))]; i != 0 && e.all[i].off == 0 {
		e.all[i].off = uint32(at)
	}
	return true
}

// find returns the offset of a string with this hash in the base, 0 if the base has none.
// It is not known of strings that were not expected.
func (e *expected) find(h uint32, s []byte) (off uint32, known bool) {
	if len(s) <= maxShort {
		w, _ := firstBytes(s)
		return e.short.find(w), true
	}
	n := e.slots[e.slot(h, s)]
	return e.all[n].off, n != 0
}

const wordSize = 8

// word returns 8 bytes as a number.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// firstBytes returns the first 8 bytes of a string as a number, with zeros from its end on, and
// how many there are before that. The string ends with a NUL, or with s.
func firstBytes[T string | []byte](s T) (w uint64, size int) {
	for size < min(len(s), wordSize) && s[size] != 0 {
		w |= uint64(s[size]) << (8 * size)
		size++
	}
	return w, size
}

// beginnings tells of most strings, by their first bytes, that they are none of a set of some
// thousand. It has a bit for each hash.
type beginnings [1 << 11]uint64

func (b *beginnings) add(w uint64) {
	h := w * beginFactor >> beginShift
	b[h/64] |= 1 << (h % 64)
}

func (b *beginnings) has(w uint64) bool {
	h := w * beginFactor >> beginShift
	return b[h/64]>>(h%64)&1 != 0
}

const (
	beginFactor = 0x9e3779b97f4a7c15
	beginShift  = 64 - 17 // for the bits of beginnings
)

// maxShort is the length of the longest strings that are in shortNames. A compiler refers to
// .debug_str where that takes less room: with 4 bytes for strings of 4 bytes and more, NUL
// included.
const maxShort = 3

// shortNames has the offsets of short strings, by their bytes.
type shortNames struct {
	slots [1 << 12]struct{ key, off uint32 } // open addressing; a key of 0 is free
	n     int
}

func (t *shortNames) slot(key uint32) *struct{ key, off uint32 } {
	const mask = uint32(len(t.slots) - 1)
	for i := key * 0x9e3779b1 >> 20; ; i++ {
		if s := &t.slots[i&mask]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// add notes where a string is, the first time. It reports false if there are too many.
func (t *shortNames) add(bytes uint64, off uint32) bool {
	s := t.slot(uint32(bytes))
	if s.key != 0 {
		return true
	}
	s.key, s.off = uint32(bytes), off
	t.n++
	return t.n <= len(t.slots)/2
}

func (t *shortNames) find(bytes uint64) uint32 { return t.slot(uint32(bytes)).off }
