// Package nametable has a number for each of many names of one BTF. It is a table of offsets
// and has no strings in it: a kernel's types have some ten thousand names.
package nametable

import (
	"math/bits"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// A Table has numbers for names, which are told apart by their text: there may be several
// offsets of one name.
type Table struct {
	types *btf.Types
	slots []slot // as many as a power of two
	names int
}

// A slot has a name, by 1 more than the offset at which it was first seen. 0 is free. The hash
// keeps a search away from the texts of other names, which are all over the strings.
type slot struct{ name, hash, value uint32 }

// New makes a table with room for n names of types. It makes more of it for others.
func New(t *btf.Types, n int) *Table {
	slots := 1 << 6
	for slots/4*3 < n {
		slots *= 2
	}
	return &Table{types: t, slots: make([]slot, slots)}
}

// At returns the number of the name at an offset, to be read and written before the next call.
// At first it is 0.
func (t *Table) At(off btf.StrOff) *uint32 {
	text := t.types.TextFrom(off)
	hash, n := hashOf(text)
	s := t.find(off, hash, text[:n+1])
	if s.name != 0 {
		return &s.value
	}
	if t.names++; t.names > len(t.slots)/4*3 {
		t.grow()
		s = t.free(hash)
	}
	s.name, s.hash = uint32(off)+1, hash
	return &s.value
}

// find returns the slot of a name, whose text ends with a NUL byte, or the free one where it
// would be.
func (t *Table) find(off btf.StrOff, hash uint32, text string) *slot {
	for i := hash; ; i++ {
		s := &t.slots[i&uint32(len(t.slots)-1)]
		if s.name == 0 || s.name == uint32(off)+1 ||
			s.hash == hash && strings.HasPrefix(t.types.TextFrom(btf.StrOff(s.name-1)), text) {
			return s
		}
	}
}

// free returns the free slot for a new name.
func (t *Table) free(hash uint32) *slot {
	for i := hash; ; i++ {
		if s := &t.slots[i&uint32(len(t.slots)-1)]; s.name == 0 {
			return s
		}
	}
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.name != 0 {
			*t.free(s.hash) = s
		}
	}
}

// hashOf returns a hash of the string before the first NUL byte of a text, and its length.
func hashOf(text string) (hash uint32, n int) {
	const ones, highs, prime = 0x0101010101010101, 0x8080808080808080, 0x9e3779b97f4a7c15
	h := uint64(prime)
	for ; len(text)-n >= 8; n += 8 {
		rest := text[n:][:8]
		v := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		if zero := (v - ones) &^ v & highs; zero != 0 {
			v &= zero&-zero - 1 // what is below the NUL byte, which is 0 as it is
			h = (h ^ v) * prime
			return uint32(h ^ h>>32), n + bits.TrailingZeros64(zero)/8
		}
		h = (h ^ v) * prime
		h ^= h >> 32
	}
	v := uint64(0)
	for i := 0; text[n] != 0; i++ {
		v |= uint64(text[n]) << (8 * i)
		n++
	}
	h = (h ^ v) * prime
	return uint32(h ^ h>>32), n
}
