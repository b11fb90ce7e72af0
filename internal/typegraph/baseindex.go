package typegraph

import (
	"errors"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// errIndex says that a table is not what AppendIndex made of this base.
var errIndex = errors.New("the index of types does not fit the base")

// The index of a Base as words: a head, and the tables one after the other.
const (
	indexSeed  = iota // two words
	_                 //
	indexFlags        // of walkEnums, anonFwd, repeatsFwd
	indexSizes        // words of each table
	indexHead  = indexSizes + numIndexTables
)

// Tables of an index.
const (
	indexNext     = iota // of contents and refs
	indexContents        // slots
	indexRefs
	indexDistinct // Base.distinct
	indexEnums    // someTable: IDs, slots, next
	_
	_
	indexFuncs // the same
	_
	_
	numIndexTables
)

const (
	flagWalkEnums = 1 << iota
	flagAnonFwd
	flagRepeatsFwd
)

// AppendIndex appends the indexes of the base, of FUNC types as well, for NewIndexedBase.
func (b *Base) AppendIndex(dst []uint32) []uint32 {
	funcs := b.allFuncs()
	tables := [numIndexTables][]uint32{
		b.contents.quick.next, b.contents.quick.slots, b.refs.quick.slots, b.distinct,
		b.enums.ids, b.enums.places.slots, b.enums.places.next,
		funcs.ids, funcs.places.slots, funcs.places.next,
	}
	var flags uint32
	for bit, set := range map[uint32]bool{flagWalkEnums: b.walkEnums, flagAnonFwd: b.anonFwd, flagRepeatsFwd: b.repeatsFwd} {
		if set {
			flags |= bit
		}
	}
	dst = append(dst, uint32(b.seed), uint32(b.seed>>32), flags)
	for _, t := range tables {
		dst = append(dst, uint32(len(t)))
	}
	for _, t := range tables {
		dst = append(dst, t...)
	}
	return dst
}

// NewIndexedBase is NewBase with the index that AppendIndex made of the same types, which must not
// change any more. An index that was made of other types gives an error, or a base that does not
// find all types: but it finds none that is not there.
func NewIndexedBase(t *btf.Types, index []uint32) (*Base, error) {
	if t.Base() != nil || len(index) < indexHead {
		return nil, errIndex
	}
	b := newBase(t)
	b.seed = uint64(index[indexSeed]) | uint64(index[indexSeed+1])<<32
	b.edges = edgeRoom(b.words)
	flags := index[indexFlags]
	b.walkEnums, b.anonFwd, b.repeatsFwd = flags&flagWalkEnums != 0, flags&flagAnonFwd != 0, flags&flagRepeatsFwd != 0
	var tables [numIndexTables][]uint32
	rest := index[indexHead:]
	for i := range tables {
		n := index[indexSizes+i]
		if uint64(n) > uint64(len(rest)) {
			return nil, errIndex
		}
		tables[i], rest = rest[:n:n], rest[n:]
	}
	b.distinct = tables[indexDistinct]
	funcs := new(someTable)
	if len(rest) != 0 || len(tables[indexNext]) != int(b.n) ||
		!b.contents.quick.restore(tables[indexContents], tables[indexNext]) ||
		!b.refs.quick.restore(tables[indexRefs], tables[indexNext]) ||
		!b.enums.restore(tables[indexEnums:]) || !funcs.restore(tables[indexFuncs:]) ||
		!b.areTypes(b.distinct, classDistinct) || !b.areTypes(b.enums.ids, classEnum) {
		return nil, errIndex
	}
	b.contents.restored(b, b.hashContent, isContent)
	b.refs.restored(b, b.hashRecord, isRef)
	b.allFuncs = func() *someTable { return funcs }
	b.askedFuncs.Store(true)
	return b, nil
}

// areTypes reports whether IDs are in ascending order and of types of a class.
func (b *Base) areTypes(ids []uint32, c class) bool {
	last := uint32(0)
	for _, id := range ids {
		if id <= last || id >= b.n || kinds[b.record(id).Kind()].class != c {
			return false
		}
		last = id
	}
	return true
}

// restore takes the tables of an idTable for IDs below len(next).
func (t *idTable) restore(slots, next []uint32) bool {
	t.slots = slots
	t.setNext(next)
	return len(slots) > 0 && len(slots)&(len(slots)-1) == 0
}

// restore takes the tables of a someTable: IDs, slots, next.
func (t *someTable) restore(tables [][]uint32) bool {
	t.ids = slices.Clip(tables[0])
	return len(tables[2]) == len(t.ids)+1 && t.places.restore(tables[1], tables[2])
}
