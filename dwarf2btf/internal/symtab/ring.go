package symtab

import (
	"bytes"
	"hash/maphash"
)

// slot finds the symbols whose keys have a hash. To add a symbol, or to look for one
// that is not there, reads nothing but the slot: in a kernel of 100,000 symbols the rest
// is not in the caches of the processor.
type slot struct {
	hash uint32 // decides where the slot is, as well
	last uint32 // of the ring, plus one; 0 is a free slot
}

func (t *Table) hash(key []byte) uint32 {
	h := maphash.Bytes(t.seed, key)
	return uint32(h) ^ uint32(h>>32)
}

// slotOf returns the slot of a hash, or the free one where it belongs.
func (t *Table) slotOf(hash uint32) *slot {
	mask := uint32(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.last == 0 || s.hash == hash {
			return s
		}
	}
}

// add appends a symbol to those of its hash.
func (t *Table) add(s symbol, key []byte) {
	n := uint32(len(t.symbols))
	if n == 0 || bytes.Compare(key, t.Key(t.greatest)) > 0 {
		t.greatest = int32(n)
	}
	t.longest = max(t.longest, s.key)
	at := t.slotOf(t.hash(key))
	if at.last == 0 {
		if t.used++; 2*t.used > len(t.slots) {
			t.grow()
			at = t.slotOf(t.hash(key))
		}
		*at = slot{t.hash(key), n + 1}
		s.next = n
	} else {
		last := &t.symbols[at.last-1]
		s.next, last.next = last.next, n
		at.last = n + 1
	}
	t.symbols = append(t.symbols, s)
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]slot, max(16, 2*len(old)))
	for _, s := range old {
		if s.last != 0 {
			*t.slotOf(s.hash) = s
		}
	}
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
