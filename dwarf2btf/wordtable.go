package dwarf2btf

import (
	"slices"

	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
)

// wordTable numbers lists of words, from 0 on in the order of their first sight.
type wordTable struct {
	seed  texthash.Seed
	words []uint32   // of all lists, one after the other
	ends  []uint32   // of each list in words
	slots []wordSlot // open hash table, a power of two
}

// wordSlot is free if number is 0.
type wordSlot struct {
	hash   uint32
	number uint32 // plus one
}

const minWordSlots = 1 << 8

func newWordTable() *wordTable {
	return &wordTable{seed: texthash.NewSeed(), slots: make([]wordSlot, minWordSlots)}
}

func (t *wordTable) len() int { return len(t.ends) }

// list returns the words of a list, which belong to the table.
func (t *wordTable) list(number uint32) []uint32 {
	start := uint32(0)
	if number > 0 {
		start = t.ends[number-1]
	}
	return t.words[start:t.ends[number]:t.ends[number]]
}

// number returns the number of a list, which is copied if it is new.
func (t *wordTable) number(list []uint32) uint32 {
	h := t.seed.Start()
	for _, w := range list {
		h = t.seed.Mix(h, uint64(w))
	}
	hash := uint32(h>>32) ^ uint32(h)
	mask := uint32(len(t.slots) - 1)
	i := hash & mask
	for ; t.slots[i].number != 0; i = (i + 1) & mask {
		if s := t.slots[i]; s.hash == hash && slices.Equal(t.list(s.number-1), list) {
			return s.number - 1
		}
	}
	t.words = append(t.words, list...)
	t.ends = append(t.ends, uint32(len(t.words)))
	t.slots[i] = wordSlot{hash, uint32(len(t.ends))}
	if 2*len(t.ends) > len(t.slots) {
		t.grow()
	}
	return uint32(len(t.ends) - 1)
}

func (t *wordTable) grow() {
	old := t.slots
	t.slots = make([]wordSlot, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.number == 0 {
			continue
		}
		i := s.hash & mask
		for t.slots[i].number != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}
