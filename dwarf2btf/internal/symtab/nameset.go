package symtab

import (
	"bytes"
	"hash/maphash"
)

// nameSet is a set of pairs of a name, a piece of the string table, and a section.
// The seed of its hash never shows in any order.
type nameSet struct {
	seed    maphash.Seed
	slots   []named // open addressing, length a power of two, at most half full
	used    int
	longest uint32 // name, in bytes
}

// named has all that a look-up needs, so that it reads one line of the cache
// here and one of the string table.
type named struct {
	hash  uint32 // decides where the slot is, and saves most comparisons
	shndx uint32 // plus one; 0 is a free slot
	name  span
}

const minNameSlots = 1 << 6

func newNameSet() nameSet {
	return nameSet{seed: maphash.MakeSeed(), slots: make([]named, minNameSlots)}
}

func (s *nameSet) hash(name []byte, shndx uint32) uint32 {
	h := maphash.Bytes(s.seed, name)
	return uint32(h) ^ uint32(h>>32) ^ shndx*0x9e3779b1
}

// find returns the slot of a pair, or the free one where it belongs.
func (s *nameSet) find(strings, name []byte, shndx, hash uint32) *named {
	mask := uint32(len(s.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		sl := &s.slots[i]
		if sl.shndx == 0 || sl.hash == hash && sl.shndx == shndx+1 && bytes.Equal(strings[sl.name.off:][:sl.name.len], name) {
			return sl
		}
	}
}

func (s *nameSet) has(strings, name []byte, shndx uint32) bool {
	return s.find(strings, name, shndx, s.hash(name, shndx)).shndx != 0
}

func (s *nameSet) add(strings []byte, name span, shndx uint32) {
	text := strings[name.off:][:name.len]
	h := s.hash(text, shndx)
	at := s.find(strings, text, shndx, h)
	if at.shndx != 0 {
		return
	}
	*at = named{h, shndx + 1, name}
	s.longest = max(s.longest, name.len)
	if s.used++; 2*s.used > len(s.slots) {
		s.grow()
	}
}

func (s *nameSet) grow() {
	old := s.slots
	s.slots = make([]named, 2*len(old))
	mask := uint32(len(s.slots) - 1)
	for _, sl := range old {
		if sl.shndx == 0 {
			continue
		}
		i := sl.hash & mask
		for s.slots[i].shndx != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = sl
	}
}
