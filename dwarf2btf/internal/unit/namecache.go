package unit

import (
	"math/bits"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/internal/memory"
)

// nameKey names a string without a look at its text, see [die.Key]. Keys are what
// the shape cache compares: nearly every struct was seen before, and then no text
// is touched at all.
type nameKey = die.Key

const (
	keyPacked   = die.KeyPacked
	keyInterned = die.KeyInterned
)

// nameCache maps keys to identities for one worker.
type nameCache struct {
	slots []cachedKey // open addressing, length a power of two
	n     int
}

// cachedKey is a slot; a key of 0 is a free one.
type cachedKey struct {
	key nameKey
	id  names.ID
}

// newNameCache returns a cache for about n names.
func newNameCache(n int) nameCache {
	size := max(1<<12, 1<<bits.Len(uint(n)))
	return nameCache{slots: memory.Make[cachedKey](size, size)}
}

// find returns the identity of a key that was put before. It must not be 0.
func (c *nameCache) find(k nameKey) (names.ID, bool) {
	s := c.slot(k)
	return s.id, s.key == k
}

// slot returns the slot of a key, or the free one where it belongs.
func (c *nameCache) slot(k nameKey) *cachedKey {
	mask := uint32(len(c.slots) - 1)
	for i := k * 0x9e3779b1 >> 7 & mask; ; i = (i + 1) & mask {
		if s := &c.slots[i]; s.key == k || s.key == 0 {
			return s
		}
	}
}

// put remembers the identity of a key, which must not be 0.
func (c *nameCache) put(k nameKey, id names.ID) {
	if 2*c.n >= len(c.slots) {
		old := c.slots
		c.slots = make([]cachedKey, 2*len(old))
		for _, s := range old {
			if s.key != 0 {
				*c.slot(s.key) = s
			}
		}
	}
	*c.slot(k) = cachedKey{k, id}
	c.n++
}
