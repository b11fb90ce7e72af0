// Package nametable has a number for each of many names of one BTF. It is a table of offsets
// and has no strings in it: a kernel's types have some ten thousand names.
package nametable

import (
	"math/bits"
	"math/rand/v2"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// A Table has numbers for names, which are told apart by their text: there may be several
// offsets of one name.
type Table struct {
	types *btf.Types
	seed  seed
	slots []slot // as many as a power of two
	names int
}

// A seed is what hashes begin with and are multiplied by, so that names cannot be made to collide.
type seed struct{ start, factor uint64 }

// A slot has a name, by 1 more than the offset at which it was first seen. 0 is free. The hash
// keeps a search away from the texts of other names, which are all over the strings.
type slot struct{ name, hash, value uint32 }

// New makes a table with room for n names of types. It makes more of it for others.
func New(t *btf.Types, n int) *Table {
	slots := 1 << 6
	for slots/4*3 < n {
		slots *= 2
	}
	return &Table{types: t, seed: seed{rand.Uint64(), rand.Uint64() | 1}, slots: make([]slot, slots)}
}

// At returns the number of the name at an offset, to be read and written before the next call.
// At first it is 0.
func (t *Table) At(off btf.StrOff) *uint32 {
	text := t.types.TextFrom(off)
	hash, n := hashOf(t.seed, text)
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
func hashOf(s seed, text string) (hash uint32, n int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	h := s.start
	for ; len(text)-n >= 8; n += 8 {
		rest := text[n:][:8]
		v := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		if zero := (v - ones) &^ v & highs; zero != 0 {
			v &= zero&-zero - 1 // what is below the NUL byte, which is 0 as it is
			return uint32(s.mix(h, v)), n + bits.TrailingZeros64(zero)/8
		}
		h = s.mix(h, v)
	}
	v := uint64(0)
	for i := 0; text[n] != 0; i++ {
		v |= uint64(text[n]) << (8 * i)
		n++
	}
	return uint32(s.mix(h, v)), n
}

// mix adds eight bytes to a hash. Both halves of the product count: with the lower one alone, what the highest bits
// change could be taken back by the next eight bytes, whatever the seed.
func (s seed) mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^v, s.factor)
	return hi ^ lo
}
