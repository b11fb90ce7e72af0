package distill

import (
	"iter"
	"math/bits"

	"github.com/gopahole/gopahole/btf"
)

// An idSet is a set of IDs of the base, of which a module needs few: it has a bit for each. Once
// it is complete, its IDs have numbers in their order.
type idSet struct {
	words  []uint64
	before []uint32 // by word: how many IDs are in those before it
}

func newIDSet(end btf.ID) idSet { return idSet{words: make([]uint64, end/64+1)} }

func (s *idSet) has(id btf.ID) bool { return s.words[id/64]&(1<<(id%64)) != 0 }

func (s *idSet) add(id btf.ID) { s.words[id/64] |= 1 << (id % 64) }

// number gives the IDs their numbers, from 0 on, and returns how many there are.
func (s *idSet) number() int {
	s.before = make([]uint32, len(s.words))
	n := 0
	for i, w := range s.words {
		s.before[i] = uint32(n)
		n += bits.OnesCount64(w)
	}
	return n
}

// numberOf returns the number of an ID of the set.
func (s *idSet) numberOf(id btf.ID) int {
	below := s.words[id/64] & (1<<(id%64) - 1)
	return int(s.before[id/64]) + bits.OnesCount64(below)
}

// all are the numbers and IDs of the set, in ascending order.
func (s *idSet) all() iter.Seq2[int, btf.ID] {
	return func(yield func(int, btf.ID) bool) {
		n := 0
		for i, w := range s.words {
			for ; w != 0; w &= w - 1 {
				if !yield(n, btf.ID(i*64+bits.TrailingZeros64(w))) {
					return
				}
				n++
			}
		}
	}
}
