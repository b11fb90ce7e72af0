package dwarf2btf

import (
	"bytes"
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
	"github.com/gopahole/gopahole/internal/memory"
)

// nameID is the identity of a string: equal strings have equal identities.
// The empty string, and no string, is 0. Identities are handed out by whichever
// worker comes first, so nothing visible may depend on their order; the offsets
// of the string section are given by the consumer, in the input's order.
type nameID = uint32

// nameTable interns strings by content. Intern may be called from several
// goroutines; bytes may be called for any identity that the caller received.
//
// On top of a base, a string that the base has keeps its offset there as identity.
// Others go on behind the strings of the base.
type nameTable struct {
	base  *baseNames // nil for none
	first nameID     // base.end(), 0 without; tables below are indexed by identity - first

	mu     sync.Mutex
	seed   texthash.Seed
	slots  []uint32 // identity - first by hash, 0 = free, length a power of two
	hashes []uint32 // avoids touching the text on a mismatch
	n      uint32   // identities handed out, with one for the empty string
	block  uint32   // last block of text
	used   uint32   // bytes of it
	text   uint64   // bytes of all texts
	limit  uint64   // for text
	full   bool     // a limit is reached
	blocks [1 << 14]atomic.Pointer[[]byte]
	chunks [1 << 13]atomic.Pointer[nameChunk]
}

// nameChunk holds the places of consecutive identities: block, start and length.
// Chunks and blocks never move, so they are read without the lock. There are
// 100,000 names in a kernel: places are numbers, which the garbage collector
// does not look at.
type nameChunk [1 << 11]namePlace

type namePlace struct{ block, start, size uint32 }

const nameBlock = 64 << 10 // bytes: texts share blocks of this size

const (
	minNameSlots = 1 << 12
	maxNameText  = 64 << 20 // bytes, apart from what the input may have
)

// newNameTable returns a table on top of the names of a base, or of none.
func newNameTable(base *baseNames) *nameTable {
	t := &nameTable{slots: make([]uint32, minNameSlots), hashes: make([]uint32, 1, minNameSlots/2), n: 1, limit: maxNameText}
	if base != nil {
		t.base, t.first, t.seed = base, nameID(len(base.text)), base.seed
	} else {
		t.seed = texthash.NewSeed()
	}
	t.chunks[0].Store(new(nameChunk))
	t.used = nameBlock // no block yet
	return t
}

// reserve makes room for n names in advance. The table must be new.
func (t *nameTable) reserve(n int) {
	if size := 1 << bits.Len(uint(2*n)); size > len(t.slots) {
		t.slots, t.hashes = memory.Make[uint32](size, size), memory.Make[uint32](1, n)
	}
}

// reset forgets all names that are not of the base, and the room for more than
// most inputs need.
func (t *nameTable) reset() {
	for i := range (t.n + 1<<11 - 1) >> 11 {
		if i > 0 {
			t.chunks[i].Store(nil)
		}
	}
	for i := uint32(2); i <= t.block; i++ {
		t.blocks[i].Store(nil)
	}
	if b := t.blocks[1].Load(); b != nil && len(*b) == nameBlock {
		t.block, t.used = 1, 0
	} else {
		t.block, t.used = 0, nameBlock
	}
	const keep = 1 << 14
	if len(t.slots) <= keep {
		clear(t.slots)
		t.hashes = t.hashes[:1]
	} else {
		t.slots, t.hashes = make([]uint32, keep), make([]uint32, 1, keep/2)
	}
	t.n, t.text, t.limit, t.full = 1, 0, maxNameText, false
}

// allow raises the bound for text by n bytes.
func (t *nameTable) allow(n uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit += n
}

// intern returns the identity of s. s is copied.
func (t *nameTable) intern(s []byte) nameID {
	if len(s) == 0 {
		return 0
	}
	h := t.seed.Hash(s)
	if t.base != nil {
		if off := t.base.find(h, s); off != 0 {
			return off
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if id := t.slots[i]; t.hashes[id] == h && bytes.Equal(t.own(id), s) {
			return t.first + id
		}
	}
	if t.text += uint64(len(s)); t.text > t.limit || t.n == uint32(len(t.chunks)<<11) || t.block == uint32(len(t.blocks)-2) {
		t.full = true
		return 0
	}
	id := t.n
	t.n++
	c := t.chunks[id>>11].Load()
	if c == nil {
		c = new(nameChunk)
		t.chunks[id>>11].Store(c)
	}
	c[id&(1<<11-1)] = t.store(s)
	t.hashes = append(t.hashes, h)
	t.slots[i] = id
	if t.n > mask/2 {
		t.grow()
	}
	return t.first + id
}

// store copies a text into the last block, or into a new one.
func (t *nameTable) store(s []byte) namePlace {
	if uint64(t.used)+uint64(len(s)) > nameBlock {
		block := make([]byte, max(nameBlock, len(s)))
		t.block++
		t.blocks[t.block].Store(&block)
		t.used = 0
	}
	copy((*t.blocks[t.block].Load())[t.used:], s)
	p := namePlace{t.block, t.used, uint32(len(s))}
	t.used += uint32(len(s))
	return p
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
	switch {
	case id == 0:
		return nil
	case id < t.first:
		return t.base.bytes(id)
	}
	return t.own(id - t.first)
}

// size returns the length of the text of an identity, in bytes.
func (t *nameTable) size(id nameID) int {
	if id < t.first {
		return t.base.size(id)
	}
	return len(t.bytes(id))
}

// own returns the text of an identity that is not of the base.
func (t *nameTable) own(id uint32) []byte {
	p := &t.chunks[id>>11].Load()[id&(1<<11-1)]
	return (*t.blocks[p.block].Load())[p.start : p.start+p.size : p.start+p.size]
}

// err returns an error if names had to be left out.
func (t *nameTable) err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full {
		return errors.New("more than 16 million names, or many times the text of the string sections")
	}
	return nil
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
	slots []cachedKey // open addressing, length a power of two
	n     int
}

// cachedKey is a slot; a key of 0 is a free one.
type cachedKey struct {
	key nameKey
	id  nameID
}

// newNameCache returns a cache with room for about n names.
func newNameCache(n int) nameCache {
	size := max(1<<12, 1<<bits.Len(uint(n)))
	return nameCache{slots: memory.Make[cachedKey](size, size)}
}

// find returns the identity of a key that was put before. It must not be 0.
func (c *nameCache) find(k nameKey) (nameID, bool) {
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
func (c *nameCache) put(k nameKey, id nameID) {
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
