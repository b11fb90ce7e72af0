package unit

import (
	"math/bits"

	"github.com/gopahole/gopahole/internal/memory"
)

// cache has one slot for all entries whose hashes share their upper bits, and keeps the
// last one of them. A look-up that finds another entry there has to make its own.
type cache[E any] struct {
	slots []E // length a power of two, from 2 to 1<<31
	shift uint8
}

// newCache returns a cache for about n entries, with least to most slots, which are
// powers of two. It is in old memory if that is large enough.
func newCache[E any](old []E, n, least, most int) cache[E] {
	size := min(max(1<<bits.Len(uint(n)), least), most)
	if cap(old) < size {
		old = memory.Make[E](size, size)
	} else {
		clear(old[:size])
	}
	return cache[E]{slots: old[:size], shift: uint8(33 - bits.Len(uint(size)))}
}

// at returns the slot of an entry by its hash, which may be any number that most other
// entries do not have.
func (c *cache[E]) at(hash uint32) *E { return &c.slots[hash*0x9e3779b1>>(c.shift&31)] }
