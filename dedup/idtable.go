package dedup

import (
	"math/bits"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/hugepage"
)

// idTable finds types by hash. A slot has 4 bytes, the ID below a part of the
// hash, so that a table for a kernel is no larger than the caches.
type idTable struct {
	slots []uint32 // 0 = free; length a power of two
	shift uint8    // bits of an ID
}

// init makes room for n types with IDs below end.
func (t *idTable) init(n int, end uint32) {
	size := 1 << bits.Len(uint(n)+uint(n)/2)
	t.slots = hugepage.Make[uint32](size, size)
	// A page that is read before it is written to is faulted in twice.
	for i := 0; i < len(t.slots); i += 1024 {
		t.slots[i] = 0
	}
	t.shift = uint8(bits.Len32(end))
}

// find returns the first type with this hash for which equal holds, or 0 and the
// slot where it belongs.
func (t *idTable) find(hash uint64, equal func(id uint32) bool) (id, slot uint32) {
	h := uint32(hash >> 32)
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		v := t.slots[i]
		if v == 0 {
			return 0, i
		}
		if id := v & (1<<t.shift - 1); v>>t.shift == h>>t.shift && equal(id) {
			return id, i
		}
	}
}

func (t *idTable) put(slot uint32, hash uint64, id uint32) {
	h := uint32(hash >> 32)
	t.slots[slot] = h>>t.shift<<t.shift | id
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
