package names

import (
	"errors"
	"math/bits"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
)

// seedWords is the length of a seed in words, before the slots of an index.
const seedWords = 4

// AppendIndex appends the index of all strings as words, for NewIndexedBase.
func (n *Base) AppendIndex(dst []uint32) []uint32 {
	for _, w := range n.seed.Words() {
		dst = append(dst, uint32(w), uint32(w>>32))
	}
	return append(dst, n.index().slots...)
}

// NewIndexedBase is NewBase with the index that AppendIndex made of the same strings, which must
// not change any more. An index that was made of others gives an error, or a base that does not
// find all strings: but it finds none that is not there.
func NewIndexedBase(t *btf.Types, index []uint32) (*Base, error) {
	if len(index) <= seedWords {
		return nil, errors.New("there is no index of strings")
	}
	seed := [2]uint64{uint64(index[0]) | uint64(index[1])<<32, uint64(index[2]) | uint64(index[3])<<32}
	slots := index[seedWords:]
	if len(slots)&(len(slots)-1) != 0 || !slices.Contains(slots, 0) { // a free slot ends each search
		return nil, errors.New("the index of strings is damaged")
	}
	n := &Base{seed: texthash.SeedOf(seed), text: allStrings(t)}
	x := &baseIndex{slots, offsetBits(n.text)}
	n.index = func() *baseIndex { return x }
	n.asked.Store(true) // all strings are there, so none need be looked for
	return n, nil
}

// offsetBits is the number of bits that an offset into a text takes.
func offsetBits(text string) uint8 { return uint8(bits.Len(uint(len(text)))) & 31 }
