package unit

import (
	"slices"
	"sync/atomic"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// structCache remembers structs and unions for the next unit that includes their header:
// those with a name by the name, the others by the struct that came before them. What it
// finds is a guess, which the entry is compared with. The slots are those of all workers.
type structCache struct {
	slots cache[cachedStruct]
	last  typegraph.Shape
}

// cachedStruct is a record whose words are in the arena of shapeCache: where they start there<<32 | its shape, 0 for
// none.
type cachedStruct struct{ atomic.Uint64 }

func (s *cachedStruct) put(start uint32, shape typegraph.Shape) {
	if v := uint64(start)<<32 | uint64(shape); s.Load() != v { // a write takes the slot away from other processors
		s.Store(v)
	}
}

// maxCachedStructs is the largest number of slots. A kernel has 15,000 structs.
const maxCachedStructs = 1 << 14

// at returns the slot for a struct of this name.
func (s *structCache) at(name nameKey, kind btf.Kind) *cachedStruct {
	h := name
	if name == 0 {
		h = uint32(s.last) ^ uint32(kind)<<28
	}
	return s.slots.at(h)
}

// repeated encodes a struct or union that looks like one seen before, with one
// comparison for each member and without putting its record together. It reports
// whether it did.
func (d *typeBuilder) repeated(s *cachedStruct, h *structHead) bool {
	guess := s.Load()
	if guess == 0 || d.s.opts.FixupSillyBitfields {
		return false
	}
	shape := typegraph.Shape(guess)
	words := d.s.seen.shapes.structWords(uint32(guess >> 32))
	if words[0] != h.name || words[2] != h.size || btf.KindOf(words[1]) != h.kind {
		return false
	}
	n := len(d.cu.refs)
	refs := slices.Grow(d.cu.refs, len(words)/2-1)[:n+len(words)/2-1]
	if !d.cur.Repeat(words[3:], refs[n:], btf.KindFlag(words[1])) {
		return false
	}
	if d.delta != 0 {
		for i := range refs[n:] {
			refs[n+i] += die.Ref(d.delta)
		}
	}
	d.cu.refs = refs
	d.structs.last = shape
	d.record(h.at, targetType, d.endNode(shape, h.tag, h.size))
	return true
}
