package typegraph

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/internal/memory"
)

// Shape numbers a type's own content: its record without the type references.
// Two types of one Shapes have equal content exactly if they have the same
// shape. 0 is the shape of void and of nothing else.
//
// The words of a shape are
//
//	[0] name identity; 0: anonymous
//	[1] info word, as btf.Info packs it
//	[2] word 3 of the record (size), or 0 where that is a type ID
//	... the tail without type IDs:
//	    INT         encoding, offset and bits
//	    ARRAY       nelems
//	    STRUCT      name, offset word of every member; UNION the same
//	    ENUM        name, value of every enumerator
//	    ENUM64      name, low word, high word of every enumerator
//	    FUNC_PROTO  name of every param
//	    VAR         linkage
//	    DATASEC     offset, size of every entry
//	    DECL_TAG    component index
//
// A name identity is a number chosen by the caller: equal numbers mean equal
// strings and different numbers different strings.
type Shape uint32

// Shapes interns shapes. All methods but Reserve may be called from several
// goroutines; only the first sight of a shape takes a lock.
type Shapes struct {
	base  *Base  // nil for none
	first uint32 // below are shapes of the base; 0 without

	seed  uint64
	table atomic.Pointer[shapeTable]
	dir   atomic.Pointer[[]*shapeChunk] // indexed by (Shape - first) / shapeChunkLen
	n     atomic.Uint32                 // shapes handed out, void and those of base included

	mu    sync.Mutex // held to insert
	arena []uint32   // free rest of the current block of words
}

// shapeChunk holds the words of consecutive shapes. A chunk never moves, so
// readers need no lock for what has been published.
type shapeChunk [shapeChunkLen][]uint32

const (
	shapeChunkLen = 1 << 10
	arenaBlock    = 1 << 14 // words
	maxShapes     = 1 << 31
)

// shapeTable is an open hash table. A slot is 0 if free, else 32 bits of hash and
// the shape; the place of a slot comes from the same bits, so that the table
// grows without a look at the words. Slots change once, from free to taken.
type shapeTable struct {
	slots []atomic.Uint64 // a power of two
}

// minShapeSlots is the size of a new table.
const minShapeSlots = 1 << 8

// NewShapes returns an interner that knows void only.
func NewShapes() *Shapes {
	s := &Shapes{seed: rand.Uint64()}
	s.table.Store(&shapeTable{slots: make([]atomic.Uint64, minShapeSlots)})
	s.dir.Store(&[]*shapeChunk{new(shapeChunk)})
	s.n.Store(1)
	return s
}

// newShapesOver returns an interner for types on top of base. What the base has
// gets one shape in all interners over it.
func newShapesOver(base *Base) *Shapes {
	s := &Shapes{base: base, first: base.maxShapes, seed: base.shapes.seed}
	s.table.Store(&shapeTable{slots: make([]atomic.Uint64, minShapeSlots)})
	s.dir.Store(new([]*shapeChunk))
	s.n.Store(s.first)
	return s
}

// Reserve makes room for n shapes in advance, rather than step by step. Call it
// before other methods.
func (s *Shapes) Reserve(n int) {
	if size := 1 << bits.Len(uint(2*n)); size > len(s.table.Load().slots) {
		s.table.Store(&shapeTable{slots: memory.Make[atomic.Uint64](size, size)})
	}
}

// reset forgets all shapes that are not of the base. Memory is kept for as many
// shapes as one input has, not for all so far.
func (s *Shapes) reset() {
	if t := s.table.Load(); len(t.slots) <= keptShapeSlots {
		clear(t.slots)
	} else {
		s.table.Store(&shapeTable{slots: make([]atomic.Uint64, keptShapeSlots)})
	}
	s.dir.Store(new([]*shapeChunk))
	s.arena = nil
	s.n.Store(s.first)
}

// keptShapeSlots bounds the table that Reset keeps: most modules need less.
const keptShapeSlots = 1 << 14

// Len returns a number that all shapes are below.
func (s *Shapes) Len() int { return int(s.n.Load()) }

// First returns the first shape that the base does not have, 0 without a base.
func (s *Shapes) First() Shape { return Shape(s.first) }

// Words returns the words of a shape, nil for void. The caller must not write
// to them.
func (s *Shapes) Words(sh Shape) []uint32 {
	if uint32(sh) < s.first {
		return s.base.shapes.Words(sh)
	}
	sh -= Shape(s.first)
	return (*s.dir.Load())[sh/shapeChunkLen][sh%shapeChunkLen]
}

// Intern returns the shape that has the given words. It copies them if they are
// new. The words are not checked here; Graph.Add refuses shapes that are no
// record of a known kind.
func (s *Shapes) Intern(words []uint32) Shape {
	h := uint32(hashWords(s.seed, words) >> 32)
	if s.base != nil {
		known := s.base.shapes
		if sh, _ := known.find(known.table.Load(), h, words); sh != 0 {
			return sh
		}
	}
	if sh, _ := s.find(s.table.Load(), h, words); sh != 0 {
		return sh
	}
	return s.insert(h, words)
}

// find returns the shape, or 0 and the index of the free slot where it belongs.
func (s *Shapes) find(t *shapeTable, h uint32, words []uint32) (Shape, uint32) {
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := t.slots[i].Load()
		if slot == 0 {
			return 0, i
		}
		if uint32(slot>>32) == h && slices.Equal(s.Words(Shape(slot)), words) {
			return Shape(slot), i
		}
	}
}

func (s *Shapes) insert(h uint32, words []uint32) Shape {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.table.Load()
	sh, i := s.find(t, h, words) // another goroutine may have come first
	if sh != 0 {
		return sh
	}
	if s.base != nil && s.base.has(words) {
		return s.base.shapes.Intern(words)
	}
	n := s.n.Load()
	if n >= maxShapes {
		panic("dedup: more than 2^31 shapes") // 24 GB of records at the least
	}
	sh = Shape(n)
	own := n - s.first
	if old := s.dir.Load(); own/shapeChunkLen == uint32(len(*old)) {
		dir := append(slices.Clip(*old), new(shapeChunk))
		s.dir.Store(&dir)
	}
	(*s.dir.Load())[own/shapeChunkLen][own%shapeChunkLen] = s.copyWords(words)
	s.n.Store(n + 1)
	t.slots[i].Store(uint64(h)<<32 | uint64(sh)) // from here on readers see it
	if uint64(own)*2 >= uint64(len(t.slots)) {
		s.grow(t)
	}
	return sh
}

// copyWords moves words into the arena. Shapes longer than a block get one of
// their own.
func (s *Shapes) copyWords(words []uint32) []uint32 {
	n := len(words)
	if n > arenaBlock/8 {
		return slices.Clone(words)
	}
	if n > len(s.arena) {
		s.arena = make([]uint32, arenaBlock)
	}
	dst := s.arena[:n:n]
	s.arena = s.arena[n:]
	copy(dst, words)
	return dst
}

// grow publishes a table of twice the size. A reader that still holds the old
// one misses only shapes that are newer than its lookup, and then asks again
// under the lock.
func (s *Shapes) grow(old *shapeTable) {
	t := &shapeTable{slots: make([]atomic.Uint64, 2*len(old.slots))}
	mask := uint32(len(t.slots) - 1)
	for j := range old.slots {
		slot := old.slots[j].Load()
		if slot == 0 {
			continue
		}
		i := uint32(slot>>32) & mask
		for t.slots[i].Load() != 0 {
			i = (i + 1) & mask
		}
		t.slots[i].Store(slot)
	}
	s.table.Store(t)
}
