package typegraph

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/memory"
)

// Base is the types of a base and of what that is split from, for graphs of split
// BTF. It can be shared by any number of graphs at the same time.
//
// A kernel has 110,000 types, of which a small module gets to see a few thousand.
// So little is done for all of them: Base has indexes by what is quick to hash of a
// type, and a graph takes over a type, and checks it, when it comes across it (see load).
//
// Name identities are string offsets. If the base has a string twice, these are
// two names, as they are for libbpf, which compares offsets as well. Names that
// the base does not have get identities from the end of its strings on.
type Base struct {
	types     *btf.Types
	words     []uint32 // records, one after the other
	start     []uint32 // of each in words by ID - 1, and the end
	n         uint32   // IDs, void included
	edges     int      // references of all types
	stringEnd uint32   // of all its strings
	seed      uint64

	// shapes has the contents that were met so far, of types in the index contents
	// and of those that consist of a reference: fewer than maxShapes. Shapes of a
	// newShapesOver are not below that number.
	shapes    *Shapes
	maxShapes uint32

	// Indexes, whose lists are in ascending order.
	contents quickTable // INT, FLOAT, FWD, ENUM, ENUM64, STRUCT, UNION, TYPEDEF by content
	refs     quickTable // other types that are merged, by record, without FUNC
	enums    someTable  // ENUM, ENUM64 by name

	allFuncs   func() *someTable // FUNC by record
	askedFuncs atomic.Bool       // by some graph

	distinct []uint32 // VAR and DATASEC, in ascending order

	walkEnums  bool // shapes do not tell what becomes of enums, see enums.go
	anonFwd    bool // there is a FWD without a name
	repeatsFwd bool // a FWD is there twice
}

// NewBase indexes the types of a base, which may be of btf.ParseLoose. The error is a
// *UnknownKindError for a kind whose references are not known.
func NewBase(t *btf.Types) (*Base, error) {
	b := newBase(t)
	if err := b.index(); err != nil {
		return nil, err
	}
	b.allFuncs = sync.OnceValue(func() *someTable { return b.indexFuncs(nil) })
	return b, nil
}

// newBase returns a base whose indexes are to be made.
func newBase(t *btf.Types) *Base {
	b := &Base{types: t, n: uint32(t.NumIDs()), stringEnd: uint32(t.StringEnd()), seed: rand.Uint64(), shapes: NewShapes()}
	b.words, b.start = records(t)
	for _, kind := range []btf.Kind{btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict} {
		b.shapes.Intern([]uint32{0, btf.Info(kind, 0, false), 0})
	}
	b.maxShapes = uint32(b.shapes.Len()) + b.n
	return b
}

// index fills the indexes, from the last type to the first, and counts references.
func (b *Base) index() error {
	// Tables have the size that is right for a kernel. Others have longer lists, or use
	// more memory for each type.
	next := memory.Make[uint32](int(b.n), int(b.n))
	b.contents.init(int(b.n)/8, next, b, b.hashContent, isContent)
	b.refs.init(int(b.n)/2, next, b, b.hashRecord, isRef)
	words, starts, edges := b.words, b.start[:b.n], 0
	for id := b.n - 1; id > 0; id-- {
		start := starts[id-1]
		info := words[start+1]
		kind := btf.KindOf(info)
		k := &kinds[kind]
		edges += int(k.edges)
		if kind == btf.KindFunc { // half of them
			continue
		}
		if k.elemEdges != 0 {
			edges += btf.VlenOf(info) * int(k.elemEdges)
		}
		rec := btf.Record(words[start:starts[id]])
		if k.class == classRef {
			b.refs.quick.add(b.quickRecord(rec), id)
		} else if err := b.indexContent(k.class, rec, id); err != nil {
			return err
		}
	}
	b.edges = edges
	b.indexed()
	return nil
}

// indexContent notes a type that is found by its content, or not at all.
func (b *Base) indexContent(class class, rec btf.Record, id uint32) error {
	switch class {
	case classDistinct:
		b.distinct = append(b.distinct, id)
	case classEnum:
		b.enums.ids = append(b.enums.ids, id)
		hash := b.hashContent(rec)
		b.walkEnums = b.walkEnums || rec.Vlen() == 0 || b.hasRecord(hash, rec)
		b.contents.quick.add(hash, id)
	case classFwd:
		b.anonFwd = b.anonFwd || rec.NameOff() == 0
		hash := b.hashContent(rec)
		b.repeatsFwd = b.repeatsFwd || b.hasRecord(hash, rec)
		b.contents.quick.add(hash, id)
	case classVoid:
		return b.unknownKind()
	default:
		b.contents.quick.add(b.quickContent(rec), id)
	}
	return nil
}

// indexed ends the indexes, to which types were added from the last to the first.
func (b *Base) indexed() {
	slices.Reverse(b.distinct)
	slices.Reverse(b.enums.ids)
	b.enums.index(func(id uint32) uint64 { return b.hashName(b.nameOf(id)) })
}

// unknownKind is the error about the first type of a kind that is not known.
func (b *Base) unknownKind() error {
	for id := uint32(1); id < b.n; id++ {
		if kind := b.record(id).Kind(); !Supports(kind) {
			return &UnknownKindError{ID: id, Kind: kind}
		}
	}
	return nil
}

// hasRecord reports whether the index by content has a type with that of an enum or FWD
// already.
func (b *Base) hasRecord(hash uint64, rec btf.Record) bool {
	var one [1]uint32
	return len(b.contents.quick.find(one[:0], hash, 1, func(id uint32) bool { return equalContent(rec, b.record(id)) })) > 0
}

func (b *Base) hashName(name uint32) uint64 { return hashPair(b.seed, uint64(name), 0) }

// records returns the records of t and of what it is split from, and where they
// start.
func records(t *btf.Types) (words, start []uint32) {
	if t.Base() == nil {
		return t.Words(), t.Starts()
	}
	words, start = records(t.Base())
	end := uint32(len(words))
	words, start = append(slices.Clip(words), t.Words()...), slices.Clip(start)
	for _, s := range t.Starts()[1:] {
		start = append(start, end+s)
	}
	return words, start
}

func (b *Base) record(id uint32) btf.Record {
	lo, hi := b.start[id-1], b.start[id]
	return b.words[lo:hi:hi]
}

// ofContent appends to dst the types whose content is the shape words, in ascending
// order: none if the kind is not indexed by content.
func (b *Base) ofContent(dst, words []uint32) []uint32 {
	if !b.indexes(words) {
		return dst
	}
	return b.findContent(dst, words, math.MaxInt)
}

// indexes reports whether types of a content may be in the index by content.
func (b *Base) indexes(words []uint32) bool {
	head := btf.Record(words)
	switch kinds[head.Kind()].class {
	case classVoid, classRef, classDistinct:
		return false
	}
	return uint32(head.NameOff()) < b.stringEnd
}

// findContent is ofContent for the first types, up to most of them.
func (b *Base) findContent(dst, words []uint32, most int) []uint32 {
	return b.contents.find(dst, b.quickContent(words), words, most, func(id uint32) bool { return equalShape(words, b.record(id)) })
}

// has reports whether some type has the content.
func (b *Base) has(words []uint32) bool {
	var one [1]uint32
	return b.indexes(words) && len(b.findContent(one[:0], words, 1)) > 0
}

// ofRecord appends to dst the first types with this record, up to most of them, in
// ascending order. The kind must be one that is indexed by record. Of FUNC types, those in
// funcs count.
func (b *Base) ofRecord(dst []uint32, rec btf.Record, most int, funcs *someTable) []uint32 {
	same := func(id uint32) bool { return slices.Equal(rec, b.record(id)) }
	if rec.Kind() == btf.KindFunc {
		// Of an index that somebody kept, nobody has looked at so many IDs.
		return funcs.find(dst, b.hashRecord(rec), most, func(id uint32) bool { return id-1 < b.n-1 && same(id) })
	}
	return b.refs.find(dst, b.quickRecord(rec), rec, most, same)
}

// structsNamed appends to dst the STRUCT and UNION types with a name, in ascending order.
func (b *Base) structsNamed(dst []uint32, name uint32) []uint32 {
	has := func(id uint32) bool {
		rec := b.record(id)
		return uint32(rec.NameOff()) == name && kinds[rec.Kind()].class == classStruct
	}
	if name != 0 {
		return b.contents.quick.find(dst, b.hashName(name), math.MaxInt, has)
	}
	for id := uint32(1); id < b.n; id++ { // nobody else asks for them by name
		if has(id) {
			dst = append(dst, id)
		}
	}
	return dst
}

// entries returns the number of entries in libbpf's table when the types up to id
// are in it.
func (b *Base) entries(id uint32) uint64 {
	i, found := slices.BinarySearch(b.distinct, id)
	if found {
		i++
	}
	return uint64(id) - uint64(i)
}

// chain returns the list of candidates that types of the base make up, in the
// order of the time when they were entered (libbpf: btf_dedup_prep).
func (b *Base) chain(ids []uint32) chain {
	var t candidates
	var c chain
	for i, id := range ids {
		t.doublings = doublings(b.entries(id))
		if i == 0 {
			c.gen = t.doublings
		}
		t.push(&c, id)
	}
	return c
}
