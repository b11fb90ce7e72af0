package dwarf2btf

import (
	"bytes"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// nameID is the identity of a string: equal strings have equal identities.
// The empty string, and no string, is 0. Identities are handed out by whichever
// worker comes first, so nothing visible may depend on their order; the offsets
// of the string section are given by the consumer, in the input's order.
type nameID = uint32

// nameTable interns strings by content. Intern may be called from several
// goroutines; bytes may be called for any identity that the caller received.
type nameTable struct {
	mu     sync.Mutex
	seed   maphash.Seed
	slots  []uint32 // identity by hash, 0 = free, length a power of two
	hashes []uint32 // by identity: avoids touching the text on a mismatch
	n      uint32
	arena  []byte // text is appended to the last of a series of blocks
	chunks [1 << 13]atomic.Pointer[nameChunk]
}

// nameChunk holds the texts of consecutive identities. Chunks never move, so
// they are read without the lock.
type nameChunk [1 << 11][]byte

const nameBlock = 64 << 10 // bytes: texts share blocks of this size

func newNameTable() *nameTable {
	t := &nameTable{seed: maphash.MakeSeed(), slots: make([]uint32, 1<<12), hashes: make([]uint32, 1, 1<<11), n: 1}
	t.chunks[0].Store(new(nameChunk))
	return t
}

// intern returns the identity of s. s is copied.
func (t *nameTable) intern(s []byte) nameID {
	if len(s) == 0 {
		return 0
	}
	h := uint32(maphash.Bytes(t.seed, s))
	t.mu.Lock()
	defer t.mu.Unlock()
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if id := t.slots[i]; t.hashes[id] == h && bytes.Equal(t.bytes(id), s) {
			return id
		}
	}
	id := t.n
	t.n++
	c := t.chunks[id>>11].Load()
	if c == nil {
		c = new(nameChunk)
		t.chunks[id>>11].Store(c)
	}
	if len(s) > cap(t.arena)-len(t.arena) {
		t.arena = make([]byte, 0, max(nameBlock, len(s)))
	}
	start := len(t.arena)
	t.arena = append(t.arena, s...)
	c[id&(1<<11-1)] = t.arena[start:len(t.arena):len(t.arena)]
	t.hashes = append(t.hashes, h)
	t.slots[i] = id
	if t.n > mask/2 {
		t.grow()
	}
	return id
}

func (t *nameTable) grow() {
	slots := make([]uint32, 2*len(t.slots))
	mask := uint32(len(slots) - 1)
	for id := uint32(1); id < t.n; id++ {
		i := t.hashes[id] & mask
		for slots[i] != 0 {
			i = (i + 1) & mask
		}
		slots[i] = id
	}
	t.slots = slots
}

// bytes returns the text of an identity; it must not be changed.
func (t *nameTable) bytes(id nameID) []byte {
	if id == 0 {
		return nil
	}
	return t.chunks[id>>11].Load()[id&(1<<11-1)]
}

// size returns one more than the largest identity.
func (t *nameTable) size() uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

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
	table *nameTable
	keys  []nameKey // open addressing, length a power of two
	ids   []nameID
	n     int
}

func newNameCache(t *nameTable) nameCache {
	return nameCache{table: t, keys: make([]nameKey, 1<<12), ids: make([]nameID, 1<<12)}
}

// find returns the identity of a key that was put before.
func (c *nameCache) find(k nameKey) (nameID, bool) {
	mask := uint32(len(c.keys) - 1)
	for i := k * 0x9e3779b1 >> 7 & mask; ; i = (i + 1) & mask {
		if c.keys[i] == k {
			return c.ids[i], true
		}
		if c.keys[i] == 0 {
			return 0, false
		}
	}
}

func (c *nameCache) put(k nameKey, id nameID) {
	if 2*c.n >= len(c.keys) {
		old := *c
		c.keys, c.ids, c.n = make([]nameKey, 2*len(old.keys)), make([]nameID, 2*len(old.keys)), 0
		for i, k := range old.keys {
			if k != 0 {
				c.put(k, old.ids[i])
			}
		}
	}
	mask := uint32(len(c.keys) - 1)
	i := k * 0x9e3779b1 >> 7 & mask
	for c.keys[i] != 0 {
		i = (i + 1) & mask
	}
	c.keys[i], c.ids[i] = k, id
	c.n++
}
