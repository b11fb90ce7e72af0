package unit

import (
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// structCache remembers structs and unions for the next unit that includes their header:
// those with a name by the name, the others by the struct that came before them. What it
// finds is a guess, which the entry is compared with.
type structCache struct {
	slots cache[cachedRecord]
	last  typegraph.Shape
}

// cachedRecord is a record whose words are in the arena of shapeCache.
type cachedRecord struct {
	start, n uint32
	shape    typegraph.Shape
}

// maxCachedStructs is the largest number of slots. A kernel has 15,000 structs.
const maxCachedStructs = 1 << 14

// at returns the slot for a struct of this name.
func (s *structCache) at(name nameKey, kind btf.Kind) *cachedRecord {
	h := name
	if name == 0 {
		h = uint32(s.last) ^ uint32(kind)<<28
	}
	return s.slots.at(h)
}

// repeated encodes a struct or union that looks like one seen before, with one
// comparison for each member and without putting its record together. It reports
// whether it did.
func (d *typeBuilder) repeated(s *cachedRecord, h *structHead) bool {
	if s.n == 0 || d.s.opts.FixupSillyBitfields {
		return false
	}
	words := d.s.seen.shapes.words(s.start, s.n)
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
	d.structs.last = s.shape
	d.record(h.at, targetType, d.endNode(s.shape, h.tag, h.size))
	return true
}
