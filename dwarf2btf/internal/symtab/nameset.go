package symtab

import (
	"bytes"
	"hash/maphash"
)

// span is a piece of the arena.
type span struct{ off, len uint32 }

// nameSet numbers distinct (name, tag) pairs in order of their first sight.
// The seed of its hash never shows in any order.
type nameSet struct {
	seed  maphash.Seed
	slots []slot // open addressing, length a power of two, at most half full
	spans []span // by number
	tags  []uint32
}

// slot has all that a look-up needs, so that it touches one line of the cache
// here and one of the arena.
type slot struct {
	hash   uint32 // gives the place and spares most comparisons
	number uint32 // plus one; 0 is a free slot
	name   span
}

func newNameSet() nameSet {
	return nameSet{seed: maphash.MakeSeed(), slots: make([]slot, 1<<10)}
}

func (s *nameSet) hash(name []byte, tag uint32) uint32 {
	h := maphash.Bytes(s.seed, name)
	return uint32(h) ^ uint32(h>>32) ^ tag*0x9e3779b1
}

// find returns the number of a pair.
func (s *nameSet) find(arena, name []byte, tag uint32) (uint32, bool) {
	if len(s.slots) == 0 {
		return 0, false
	}
	h := s.hash(name, tag)
	mask := uint32(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		sl := &s.slots[i]
		if sl.number == 0 {
			return 0, false
		}
		if sl.hash == h && bytes.Equal(arena[sl.name.off:sl.name.off+sl.name.len], name) &&
			(tag == 0 || s.tags[sl.number-1] == tag) {
			return sl.number - 1, true
		}
	}
}

// add numbers a pair that find does not know. name lies in the arena at sp. A
// set has pairs with tag 0 only, or none.
func (s *nameSet) add(arena []byte, sp span, tag uint32) uint32 {
	n := uint32(len(s.spans))
	s.spans = append(s.spans, sp)
	if tag != 0 {
		s.tags = append(s.tags, tag)
	}
	if 2*len(s.spans) > len(s.slots) {
		old := s.slots
		s.slots = make([]slot, 2*len(old))
		for _, sl := range old {
			if sl.number != 0 {
				s.place(sl)
			}
		}
	}
	s.place(slot{s.hash(arena[sp.off:sp.off+sp.len], tag), n + 1, sp})
	return n
}

func (s *nameSet) place(sl slot) {
	mask := uint32(len(s.slots) - 1)
	i := sl.hash & mask
	for s.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = sl
}
