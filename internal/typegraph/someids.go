package typegraph

import (
	"math"

	"github.com/gopahole/gopahole/btf"
)

// someTable finds some types of a base, by hash. It takes memory for these alone, where an
// idTable has a place for every ID.
type someTable struct {
	ids    []uint32 // in ascending order
	places idTable  // of ids, counted from 1
}

// index makes the table of the IDs.
func (t *someTable) index(hash func(id uint32) uint64) {
	t.places.init(len(t.ids), make([]uint32, len(t.ids)+1))
	for i := len(t.ids); i > 0; i-- {
		t.places.add(hash(t.ids[i-1]), uint32(i))
	}
}

// find is idTable.find.
func (t *someTable) find(dst []uint32, hash uint64, most int, equal func(id uint32) bool) []uint32 {
	n := len(dst)
	dst = t.places.find(dst, hash, most, func(place uint32) bool { return equal(t.ids[place-1]) })
	for i, place := range dst[n:] {
		dst[n+i] = t.ids[place-1]
	}
	return dst
}

// enumsNamed returns the ENUM and ENUM64 types with a name, in ascending order.
func (b *Base) enumsNamed(name uint32) []uint32 {
	return b.enums.find(nil, b.hashName(name), math.MaxInt, func(id uint32) bool { return b.nameOf(id) == name })
}

// plainEnums reports whether all of these enums have values and no two are equal. It is
// allowed to say no.
func (b *Base) plainEnums(ids []uint32) bool {
	seen := make(map[uint64]struct{}, len(ids))
	for _, id := range ids {
		rec := b.record(id)
		if rec.Vlen() == 0 {
			return false
		}
		seen[b.hashContent(rec)] = struct{}{}
	}
	return len(seen) == len(ids)
}

func (b *Base) nameOf(id uint32) uint32 { return uint32(b.record(id).NameOff()) }

// indexFuncs makes the index of the FUNC types, by record: of those with some names, or of all
// if that is nil. Half of a kernel's types are of this kind, and many small modules ask for none.
func (b *Base) indexFuncs(names *nameSet) *someTable {
	t := new(someTable)
	words, starts := b.words, b.start
	for id := uint32(1); id < b.n; id++ {
		start := starts[id-1]
		if btf.KindOf(words[start+1]) == btf.KindFunc && (names == nil || names.has(words[start])) {
			t.ids = append(t.ids, id)
		}
	}
	t.index(func(id uint32) uint64 { return b.hashRecord(b.record(id)) })
	return t
}

// funcs returns the index that a graph finds the FUNC types of its base in, which may be one of
// its own: for the first graph that asks, one of the names that it has. Others may follow, and
// for them all is indexed, once.
func (g *graph) funcs() *someTable {
	b := g.opts.base
	if g.base.funcs != nil {
		return g.base.funcs
	}
	if b.askedFuncs.Swap(true) || !g.opts.deferred { // not all names are known
		g.base.funcs = b.allFuncs()
		return g.base.funcs
	}
	names := new(nameSet)
	for i := range g.nodes[g.own:] {
		if info := &g.info[g.nodes[int(g.own)+i].shape]; info.kind == btf.KindFunc {
			names.add(info.name)
		}
	}
	g.base.funcs = b.indexFuncs(names)
	return g.base.funcs
}

// nameSet tells of most names that they are not among some others. It has a bit for each hash.
type nameSet [1 << 10]uint64

func (s *nameSet) add(name uint32) {
	h := name * nameFactor >> nameShift
	s[h/64] |= 1 << (h % 64)
}

func (s *nameSet) has(name uint32) bool {
	h := name * nameFactor >> nameShift
	return s[h/64]>>(h%64)&1 != 0
}

const (
	nameFactor = 0x9e3779b1
	nameShift  = 32 - 16 // for the bits of a nameSet
)
