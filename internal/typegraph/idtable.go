package typegraph

import (
	"math/bits"

	"github.com/gopahole/gopahole/internal/memory"
)

// idTable finds types by hash. Those of one slot form a list, the last one added
// first, so that adding is no more work than hashing. An entry has a bit that says
// whether others follow, and a part of the hash above the ID. So most look-ups see one
// entry, and one record, which is the one they want.
type idTable struct {
	slots []uint32 // entry of the first type; 0 = none; length a power of two
	next  []uint32 // by ID: entry of the next type
	shift uint8    // bits of an ID
}

// hasNext is the bit of an entry that is not the last one.
const hasNext = 1 << 31

// init makes room for n types with IDs below len(next), which tables of different
// types can share.
func (t *idTable) init(n int, next []uint32) {
	size := 1 << bits.Len(uint(n))
	t.slots = memory.Make[uint32](size, size)
	t.setNext(next)
}

func (t *idTable) setNext(next []uint32) {
	t.next, t.shift = next, uint8(bits.Len(uint(len(next))))&31
}

// entry returns that of the last type of a list.
func (t *idTable) entry(hash uint64, id uint32) uint32 {
	return uint32(hash>>33)>>t.shift<<t.shift | id
}

func (t *idTable) add(hash uint64, id uint32) {
	slot := &t.slots[uint32(hash>>32)&uint32(len(t.slots)-1)]
	e := t.entry(hash, id)
	if *slot != 0 {
		e |= hasNext
		t.next[id] = *slot
	}
	*slot = e
}

// find appends to dst the first types, up to most of them, with this hash for which
// equal holds. Their IDs ascend, and are in next: so a table that was damaged in a file ends, too.
func (t *idTable) find(dst []uint32, hash uint64, most int, equal func(id uint32) bool) []uint32 {
	e := t.slots[uint32(hash>>32)&uint32(len(t.slots)-1)]
	want, ids := t.entry(hash, 0), uint32(1)<<t.shift-1
	last := uint32(0)
	for e != 0 {
		id := e & ids
		if id <= last || id >= uint32(len(t.next)) {
			break
		}
		last = id
		if e&^(hasNext|ids) == want && equal(id) {
			if dst = append(dst, id); most == 1 {
				break
			}
			most--
		}
		if e&hasNext == 0 {
			break
		}
		e = t.next[id]
	}
	return dst
}
