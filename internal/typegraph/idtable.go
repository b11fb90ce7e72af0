package typegraph

import (
	"math/bits"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/memory"
)

// idTable finds types by hash. Those of one slot form a list, the last one added
// first, so that adding is no more work than hashing. An entry has a bit that there
// are more behind it, and a part of the hash above the ID: so most look-ups see one
// entry, and one record, which is the one they want.
type idTable struct {
	slots []uint32 // entry of the first type; 0 = none; length a power of two
	next  []uint32 // by ID: entry of the type behind it
	shift uint8    // bits of an ID
}

// moreBehind is the bit of an entry that is not the last one.
const moreBehind = 1 << 31

// init makes room for n types with IDs below len(next), which tables of different
// types can share.
func (t *idTable) init(n int, next []uint32) {
	size := 1 << bits.Len(uint(n))
	t.slots = memory.Make[uint32](size, size)
	t.next, t.shift = next, uint8(bits.Len(uint(len(next))))
}

// entry returns that of the last type of a list.
func (t *idTable) entry(hash uint64, id uint32) uint32 {
	return uint32(hash>>33)>>t.shift<<t.shift | id
}

func (t *idTable) add(hash uint64, id uint32) {
	slot := &t.slots[uint32(hash>>32)&uint32(len(t.slots)-1)]
	e := t.entry(hash, id)
	if *slot != 0 {
		e |= moreBehind
		t.next[id] = *slot
	}
	*slot = e
}

// find appends to dst the first types, up to most of them, with this hash for which
// equal holds.
func (t *idTable) find(dst []uint32, hash uint64, most int, equal func(id uint32) bool) []uint32 {
	e := t.slots[uint32(hash>>32)&uint32(len(t.slots)-1)]
	want, ids := t.entry(hash, 0), uint32(1)<<t.shift-1
	for e != 0 {
		id := e & ids
		if e&^(moreBehind|ids) == want && equal(id) {
			if dst = append(dst, id); most == 1 {
				break
			}
			most--
		}
		if e&moreBehind == 0 {
			break
		}
		e = t.next[id]
	}
	return dst
}

// hashContent hashes the content of a record, which is that of its shape words:
// either may be given. References of struct members do not count, nor does word 3
// where it is one.
func (b *Base) hashContent(rec []uint32) uint64 {
	kind := btf.KindOf(rec[1])
	size := rec[2]
	if kinds[kind].refInSize {
		size = 0
	}
	h := hashPair(b.seed, uint64(rec[0])|uint64(rec[1])<<32, uint64(size))
	tail := rec[3:]
	step := contentStep(kind, rec)
	for ; len(tail) >= step && len(tail) >= 2; tail = tail[step:] {
		h = hashPair(h, uint64(tail[0])|uint64(tail[step-1])<<32, 0)
	}
	if len(tail) > 0 {
		h = hashPair(h, uint64(tail[0]), 1)
	}
	return h
}

// contentStep returns the distance of the members in a record or in shape words:
// the former have a reference between name and offset.
func contentStep(kind btf.Kind, rec []uint32) int {
	if (kind == btf.KindStruct || kind == btf.KindUnion) && len(rec) == 3+3*btf.VlenOf(rec[1]) && len(rec) > 3 {
		return 3
	}
	return 2
}

// equalContent reports whether two records, of a kind in Base.contents, have the
// same content.
func equalContent(a, b []uint32) bool {
	if len(a) != len(b) || a[0] != b[0] || a[1] != b[1] {
		return false
	}
	kind := btf.KindOf(a[1])
	if !kinds[kind].refInSize && a[2] != b[2] {
		return false
	}
	member := kind == btf.KindStruct || kind == btf.KindUnion
	for i := 3; i < len(a); i++ {
		if a[i] != b[i] && (!member || i%3 != 1) {
			return false
		}
	}
	return true
}

// equalShape reports whether the content of a record is that of shape words.
func equalShape(words, rec []uint32) bool {
	if words[0] != rec[0] || words[1] != rec[1] {
		return false
	}
	kind := btf.KindOf(rec[1])
	if !kinds[kind].refInSize && words[2] != rec[2] {
		return false
	}
	if kind != btf.KindStruct && kind != btf.KindUnion {
		return slices.Equal(words[3:], rec[3:])
	}
	if len(words)-3 != (len(rec)-3)/3*2 {
		return false
	}
	for i, j := 3, 3; j < len(rec); i, j = i+2, j+3 {
		if words[i] != rec[j] || words[i+1] != rec[j+2] {
			return false
		}
	}
	return true
}
