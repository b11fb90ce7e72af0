package typegraph

import (
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/btf"
)

// quickTable finds types of a base by their content or their record. It is filled with
// hashes of a small part of these, which is enough for kernels, and costs less than all
// the look-ups of a small module.
//
// In another base many types may share that part. Where a look-up meets too many, all
// types are put into a second table, by a hash of all that counts.
type quickTable struct {
	quick idTable
	long  atomic.Bool // quick has long lists
	whole func() *idTable
	hash  func(words []uint32) uint64 // of all that counts
}

// longList is the number of types with one quick hash up to which a look-up goes through
// all of them. Kernels of Debian have up to 25 different types with one.
const longList = 64

// init makes room for about n types of a base. hash is that of the table whole, in which
// types belong of which isIn holds.
func (t *quickTable) init(n int, next []uint32, b *Base, hash func(words []uint32) uint64, isIn func(class) bool) {
	t.quick.init(n, next)
	t.restored(b, hash, isIn)
}

// restored is init for a table whose quick one is filled.
func (t *quickTable) restored(b *Base, hash func(words []uint32) uint64, isIn func(class) bool) {
	t.hash = hash
	t.whole = sync.OnceValue(func() *idTable { return b.indexWhole(hash, isIn) })
}

// isContent and isRef are the classes of types that are found by content, and by record.
func isContent(c class) bool { return c != classRef && c != classDistinct }
func isRef(c class) bool     { return c == classRef }

// find appends to dst the first types, up to most of them, for which equal holds. They
// have the quick hash, and the words as far as these count.
func (t *quickTable) find(dst []uint32, quick uint64, words []uint32, most int, equal func(id uint32) bool) []uint32 {
	if !t.long.Load() {
		others := 0
		found := t.quick.find(dst, quick, most, func(id uint32) bool {
			if others < longList && equal(id) {
				return true
			}
			others++
			return false
		})
		if others < longList {
			return found
		}
		t.long.Store(true)
	}
	return t.whole().find(dst, t.hash(words), most, equal)
}

// indexWhole makes an index of the types of some classes, without FUNC.
func (b *Base) indexWhole(hash func(words []uint32) uint64, isIn func(class) bool) *idTable {
	t := new(idTable)
	t.init(int(b.n), make([]uint32, b.n))
	for id := b.n - 1; id > 0; id-- {
		rec := b.record(id)
		if kind := rec.Kind(); kind != btf.KindFunc && isIn(kinds[kind].class) {
			t.add(hash(rec), id)
		}
	}
	return t
}

// quickContent is hashContent for a type without a name, and for others a hash of the
// name alone. Of an ENUM or FWD all counts, as NewBase finds those that are there twice.
func (b *Base) quickContent(words []uint32) uint64 {
	head := btf.Record(words)
	if name := uint32(head.NameOff()); name != 0 {
		switch kinds[head.Kind()].class {
		case classStruct, classTypedef, classPrimitive:
			return b.hashName(name)
		}
	}
	return b.hashContent(words)
}

// hashRecord hashes a record.
func (b *Base) hashRecord(rec []uint32) uint64 { return hashWords(b.seed, rec) }

// quickRecord is hashRecord for a few words: of a FUNC_PROTO, what it returns, the types
// and names of the first and of the last parameter, and the type of the one in the middle.
func (b *Base) quickRecord(rec btf.Record) uint64 {
	h := hashPair(b.seed, uint64(rec.NameOff())|uint64(rec.Info())<<32, uint64(rec.SizeOrType()))
	switch n := len(rec); {
	case n > headWords+1:
		middle := headWords + 1 + (n-headWords)/4*2
		h = hashPair(h^uint64(rec[n-2]), uint64(rec[headWords])|uint64(rec[headWords+1])<<32, uint64(rec[middle])|uint64(rec[n-1])<<32)
	case n > headWords:
		h = hashPair(h, uint64(rec[headWords]), 0)
	}
	return h
}
