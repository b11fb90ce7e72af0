// Package nametable has a number for each of many names of one BTF. It is a table of offsets
// and has no strings in it: a kernel's types have some ten thousand names.
package nametable

import (
	"encoding/binary"
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

// A slot has a name, by 1 more than the offset at which it was first seen. 0 is free.
type slot struct{ name, value uint32 }

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
	s := t.find(off)
	if s.name != 0 {
		return &s.value
	}
	if t.names++; t.names > len(t.slots)/4*3 {
		t.grow()
		s = t.find(off)
	}
	s.name = uint32(off) + 1
	return &s.value
}

// find returns the slot of a name, a free one if it is not there.
func (t *Table) find(off btf.StrOff) *slot {
	text := t.types.TextFrom(off)
	text = text[:strings.IndexByte(text, 0)+1]
	for i := hash(text); ; i++ {
		s := &t.slots[i&uint32(len(t.slots)-1)]
		if s.name == 0 || s.name == uint32(off)+1 || strings.HasPrefix(t.types.TextFrom(btf.StrOff(s.name-1)), text) {
			return s
		}
	}
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.name != 0 {
			*t.find(btf.StrOff(s.name - 1)) = s
		}
	}
}

func hash(s string) uint32 {
	const prime = 0x9e3779b97f4a7c15
	h := uint64(len(s)) * prime
	for ; len(s) >= 8; s = s[8:] {
		h = (h ^ binary.LittleEndian.Uint64([]byte(s[:8]))) * prime
		h ^= h >> 32
	}
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return uint32(h ^ h>>32)
}
