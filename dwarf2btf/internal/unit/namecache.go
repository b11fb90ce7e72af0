package unit

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
)

// nameKey names a string without a look at its text, see [die.Key]. Keys are what
// the shape cache compares: nearly every struct was seen before, and then no text
// is touched at all.
type nameKey = die.Key

const (
	keyPacked   = die.KeyPacked
	keyInterned = die.KeyInterned
)

// nameCache maps keys to identities. All workers share it; only a new key takes a lock.
type nameCache struct {
	slots atomic.Pointer[[]atomic.Uint64] // key<<32 | identity; 0 is a free one. Open addressing, length a power of two

	mu sync.Mutex // held to put
	n  int

	room *slab[atomic.Uint64]
}

// newNameCache returns a cache for about n names.
func newNameCache(room *slab[atomic.Uint64], n int) *nameCache {
	size := max(1<<12, 1<<bits.Len(uint(n)))
	c := &nameCache{room: room}
	slots := room.make(size)
	c.slots.Store(&slots)
	return c
}

// find returns the identity of a key that was put before. It must not be 0.
func (c *nameCache) find(k nameKey) (names.ID, bool) {
	slots := *c.slots.Load()
	s := slots[slotOfKey(slots, k)].Load()
	return names.ID(s), nameKey(s>>32) == k
}

// slotOfKey returns the index of the slot of a key, or of the free one where it belongs.
func slotOfKey(slots []atomic.Uint64, k nameKey) uint32 {
	mask := uint32(len(slots) - 1)
	for i := k * 0x9e3779b1 >> 7 & mask; ; i = (i + 1) & mask {
		if s := slots[i].Load(); nameKey(s>>32) == k || s == 0 {
			return i
		}
	}
}

// put remembers the identity of a key, which must not be 0.
func (c *nameCache) put(k nameKey, id names.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slots := *c.slots.Load()
	i := slotOfKey(slots, k)
	if slots[i].Load() != 0 { // another worker came first
		return
	}
	slots[i].Store(uint64(k)<<32 | uint64(id))
	if c.n++; 2*c.n > len(slots) {
		c.grow(slots)
	}
}

// grow publishes a table of twice the size.
func (c *nameCache) grow(old []atomic.Uint64) {
	slots := c.room.make(2 * len(old))
	for i := range old {
		if s := old[i].Load(); s != 0 {
			slots[slotOfKey(slots, nameKey(s>>32))].Store(s)
		}
	}
	c.slots.Store(&slots)
}
