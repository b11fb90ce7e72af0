// Package names gives strings identities: equal strings have equal ones. A [Table] is
// shared by all workers of a conversion; a [Base] has the strings of the BTF below.
package names

import (
	"bytes"
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
	"github.com/gopahole/gopahole/internal/memory"
)

// ID is the identity of a string: equal strings have equal identities.
// The empty string, and no string, is 0. Identities are handed out by whichever
// worker comes first, so nothing visible may depend on their order; the offsets
// of the string section are given by the consumer, in the input's order.
type ID = uint32

// Table interns strings by content. Intern may be called from several
// goroutines; bytes may be called for any identity that the caller received.
//
// On top of a base, a string that the base has keeps its offset there as identity.
// The others follow the strings of the base.
type Table struct {
	base     *Base     // nil for none
	expected *expected // nil if all strings of the base are to be indexed
	first    ID        // base.end(), 0 without; tables below are indexed by identity - first

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
	chunks [1 << 13]atomic.Pointer[chunk]
}

// chunk holds the places of consecutive identities: block, start and length.
// Chunks and blocks never move, so they are read without the lock. There are
// 100,000 names in a kernel: places are numbers, which the garbage collector
// does not look at.
type chunk [1 << 11]span

type span struct{ block, start, size uint32 }

const blockSize = 64 << 10 // bytes: texts share blocks of this size

const (
	minSlots = 1 << 12
	maxText  = 64 << 20 // bytes, apart from what the input may have
)

// NewTable returns a table on top of the names of a base, or of none.
func NewTable(base *Base) *Table {
	t := &Table{slots: make([]uint32, minSlots), hashes: make([]uint32, 1, minSlots/2), n: 1, limit: maxText}
	if base != nil {
		t.base, t.first, t.seed = base, ID(len(base.text)), base.seed
	} else {
		t.seed = texthash.NewSeed()
	}
	t.chunks[0].Store(new(chunk))
	t.used = blockSize // no block yet
	return t
}

// Reserve makes the table large enough for n names. The table must be new.
func (t *Table) Reserve(n int) {
	if size := 1 << bits.Len(uint(2*n)); size > len(t.slots) {
		t.slots, t.hashes = memory.Make[uint32](size, size), memory.Make[uint32](1, n)
	}
}

// Reset forgets all names that are not of the base, and gives back memory that most
// inputs do not need.
func (t *Table) Reset() {
	t.expected = nil
	for i := range (t.n + 1<<11 - 1) >> 11 {
		if i > 0 {
			t.chunks[i].Store(nil)
		}
	}
	for i := uint32(2); i <= t.block; i++ {
		t.blocks[i].Store(nil)
	}
	if b := t.blocks[1].Load(); b != nil && len(*b) == blockSize {
		t.block, t.used = 1, 0
	} else {
		t.block, t.used = 0, blockSize
	}
	const keep = 1 << 14
	if len(t.slots) <= keep {
		clear(t.slots)
		t.hashes = t.hashes[:1]
	} else {
		t.slots, t.hashes = make([]uint32, keep), make([]uint32, 1, keep/2)
	}
	t.n, t.text, t.limit, t.full = 1, 0, maxText, false
}

// First is the first identity that is not of the base, 0 without one.
func (t *Table) First() ID { return t.first }

// Len is the number of names that are not of the base.
func (t *Table) Len() int { return int(t.n) - 1 }

// Allow raises the bound for text by n bytes.
func (t *Table) Allow(n uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit += n
}

// Intern returns the identity of s. s is copied.
func (t *Table) Intern(s []byte) ID {
	if len(s) == 0 {
		return 0
	}
	h := t.seed.Hash(s)
	if t.base != nil {
		if off := t.inBase(h, s); off != 0 {
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
		c = new(chunk)
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

// inBase returns the identity of a string that the base has, 0 if it does not.
func (t *Table) inBase(h uint32, s []byte) ID {
	if t.expected != nil {
		if off, known := t.expected.find(h, s); known {
			return off
		}
	}
	return t.base.find(h, s)
}

// Expect says which names will be interned: nearly all are among these strings, each with a
// NUL behind it, and others have few bytes. It is called once for each input, before Intern
// is. The strings must not change until the last name is interned.
//
// Who is the first to ask a base has only these looked up in it. For others it pays to index
// them all.
func (t *Table) Expect(strings, more []byte) {
	t.expected = nil
	if t.base != nil && !t.base.asked.Swap(true) {
		t.expected = newExpected(t.base, strings, more)
	}
}

// store copies a text into the last block, or into a new one.
func (t *Table) store(s []byte) span {
	if uint64(t.used)+uint64(len(s)) > blockSize {
		block := make([]byte, max(blockSize, len(s)))
		t.block++
		t.blocks[t.block].Store(&block)
		t.used = 0
	}
	copy((*t.blocks[t.block].Load())[t.used:], s)
	p := span{t.block, t.used, uint32(len(s))}
	t.used += uint32(len(s))
	return p
}

func (t *Table) grow() {
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

// Bytes returns the text of an identity; it must not be changed.
func (t *Table) Bytes(id ID) []byte {
	switch {
	case id == 0:
		return nil
	case id < t.first:
		return t.base.bytes(id)
	}
	return t.own(id - t.first)
}

// Size returns the length of the text of an identity, in bytes.
func (t *Table) Size(id ID) int {
	if id < t.first {
		return t.base.size(id)
	}
	return len(t.Bytes(id))
}

// own returns the text of an identity that is not of the base.
func (t *Table) own(id uint32) []byte {
	p := &t.chunks[id>>11].Load()[id&(1<<11-1)]
	return (*t.blocks[p.block].Load())[p.start : p.start+p.size : p.start+p.size]
}

// Err returns an error if names had to be left out.
func (t *Table) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full {
		return errors.New("more than 16 million names, or many times the text of the string sections")
	}
	return nil
}
