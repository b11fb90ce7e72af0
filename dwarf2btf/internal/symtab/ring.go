package symtab

import (
	"bytes"
	"hash/maphash"
	"math/bits"

	"github.com/gopahole/gopahole/internal/memory"
)

// slot finds the symbols whose keys have a hash. To add a symbol, or to look for one
// that is not there, reads nothing but the slot: in a kernel of 100,000 symbols the rest
// is not in the caches of the processor.
type slot struct {
	hash uint32 // decides where the slot is, as well
	last uint32 // of the ring, plus one; 0 is a free slot
}

// shard has the slots of one part of the hashes.
type shard struct {
	slots []slot // open addressing, length a power of two, at most half full
}

func hashOf(seed maphash.Seed, key []byte) uint32 {
	h := maphash.Bytes(seed, key)
	return uint32(h) ^ uint32(h>>32)
}

// slotOf returns the slot of a hash, or the free one where it belongs.
func (t *Table) slotOf(hash uint32) *slot { return t.shards[shardOf(hash)].slotOf(hash) }

func (sh *shard) slotOf(hash uint32) *slot {
	mask := uint32(len(sh.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &sh.slots[i]; s.last == 0 || s.hash == hash {
			return s
		}
	}
}

// reserve makes room for n symbols.
func (sh *shard) reserve(n int) {
	size := 1 << bits.Len(uint(2*n))
	sh.slots = memory.Make[slot](size, size)
}

// add appends a symbol to those of its hash. It is in a ring of its own before.
func (sh *shard) add(symbols []symbol, hash, sym uint32) {
	at := sh.slotOf(hash)
	if at.last != 0 {
		last := &symbols[at.last-1]
		symbols[sym].next, last.next = last.next, sym
	}
	*at = slot{hash, sym + 1}
}

// follow returns the next symbol of the entry that symbol i belongs to, -1 if it was
// the last one.
func (t *Table) follow(i int32) int32 {
	for at := i; ; {
		next := int32(t.symbols[at].next)
		if next <= at { // once around
			return -1
		}
		if t.sameKey(next, i) {
			return next
		}
		at = next
	}
}

func (t *Table) sameKey(a, b int32) bool { return bytes.Equal(t.Key(a), t.Key(b)) }
