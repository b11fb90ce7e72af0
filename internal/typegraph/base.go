package typegraph

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/memory"
)

// Base is the types of a base and of what that is split from, for graphs of split
// BTF. It can be shared by any number of graphs at the same time.
//
// A kernel has 110,000 types, of which a small module gets to see a few thousand.
// So little is done for all of them: Base has indexes from a content to the type
// that has it, and a graph takes over a type when it comes across it (see load).
//
// Name identities are string offsets. If the base has a string twice, these are
// two names, as they are for libbpf, which compares offsets as well. Names that
// the base does not have get identities from the end of its strings on.
type Base struct {
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
	contents idTable // INT, FLOAT, FWD, ENUM, ENUM64, STRUCT, UNION, TYPEDEF by shape
	refs     idTable // other types that are merged, by record, without FUNC
	funcs    func() *idTable
	names    idTable // ENUM, ENUM64, STRUCT, UNION by name

	distinct []uint32 // VAR and DATASEC, in ascending order

	walkEnums  bool // shapes do not tell what becomes of enums, see enums.go
	anonFwd    bool // there is a FWD without a name
	repeatsFwd bool // a FWD is there twice
}

// NewBase indexes the types of a base. The error is a *UnknownKindError for a kind
// whose references are not known.
func NewBase(t *btf.Types) (*Base, error) {
	b := &Base{n: uint32(t.NumIDs()), stringEnd: uint32(t.StringEnd()), seed: rand.Uint64(), shapes: NewShapes()}
	b.words, b.start = records(t)
	kinds, err := b.count()
	if err != nil {
		return nil, err
	}
	b.index(&kinds)
	funcs := kinds[btf.KindFunc]
	b.funcs = sync.OnceValue(func() *idTable { return b.indexFuncs(funcs) })
	for _, kind := range []btf.Kind{btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict} {
		b.shapes.Intern([]uint32{0, btf.Info(kind, 0, false), 0})
	}
	b.maxShapes = uint32(b.shapes.Len()) + b.n
	return b, nil
}

// count counts types by kind, and their references, and checks kinds.
func (b *Base) count() (types [1 << 7]int, err error) {
	var elems [1 << 7]int
	words := b.words
	for _, start := range b.start[:b.n-1] {
		info := words[start+1]
		types[btf.KindOf(info)]++
		elems[btf.KindOf(info)] += btf.VlenOf(info)
	}
	for kind, n := range types {
		if k := lookupKind(btf.Kind(kind)); k != nil {
			b.edges += n*int(k.edges) + elems[kind]*int(k.elemEdges)
		} else if n > 0 {
			return types, b.unknownKind()
		}
	}
	return types, nil
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

// index fills the indexes, from the last type to the first.
func (b *Base) index(types *[1 << 7]int) {
	contents, refs, named := 0, 0, 0
	for kind, n := range types {
		switch k := lookupKind(btf.Kind(kind)); {
		case k == nil || k.class == classDistinct || btf.Kind(kind) == btf.KindFunc:
		case k.class == classRef:
			refs += n
		default:
			contents += n
			if k.class == classEnum || k.class == classStruct {
				named += n
			}
		}
	}
	next := memory.Make[uint32](int(b.n), int(b.n))
	b.contents.init(contents, next)
	b.refs.init(refs, next)
	b.names.init(named, memory.Make[uint32](int(b.n), int(b.n)))
	words, end := b.words, b.start[b.n-1]
	for id := b.n - 1; id > 0; id-- {
		start := b.start[id-1]
		rec := btf.Record(words[start:end])
		end = start
		kind := rec.Kind()
		switch kinds[kind].class {
		case classRef:
			if kind != btf.KindFunc {
				b.refs.add(hashWords(b.seed, rec), id)
			}
			continue
		case classDistinct:
			b.distinct = append(b.distinct, id)
			continue
		case classEnum, classStruct:
			b.names.add(b.hashName(uint32(rec.NameOff())), id)
		}
		b.addContent(kind, rec, id)
	}
	slices.Reverse(b.distinct)
}

// addContent adds a type to the index by content, and notes what graphs have to
// know of enums and forwards.
func (b *Base) addContent(kind btf.Kind, rec btf.Record, id uint32) {
	hash := b.hashContent(rec)
	switch kinds[kind].class {
	case classEnum:
		b.walkEnums = b.walkEnums || rec.Vlen() == 0 || b.hasRecord(hash, rec)
	case classFwd:
		b.anonFwd = b.anonFwd || rec.NameOff() == 0
		b.repeatsFwd = b.repeatsFwd || b.hasRecord(hash, rec)
	}
	b.contents.add(hash, id)
}

// hasRecord reports whether the index by content has a type with that of a record
// already.
func (b *Base) hasRecord(hash uint64, rec btf.Record) bool {
	var one [1]uint32
	return len(b.contents.find(one[:0], hash, 1, func(id uint32) bool { return equalContent(rec, b.record(id)) })) > 0
}

// indexFuncs makes the index of the FUNC types, of which there are n. Half of a
// kernel's types are of this kind, and small modules do not ask for them.
func (b *Base) indexFuncs(n int) *idTable {
	t := new(idTable)
	t.init(n, b.refs.next) // in which FUNC types have no place yet
	for id := b.n - 1; id > 0; id-- {
		if b.record(id).Kind() == btf.KindFunc {
			t.add(hashWords(b.seed, b.record(id)), id)
		}
	}
	return t
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
	return b.contents.find(dst, b.hashContent(words), most, func(id uint32) bool { return equalShape(words, b.record(id)) })
}

// has reports whether some type has the content.
func (b *Base) has(words []uint32) bool {
	var one [1]uint32
	return b.indexes(words) && len(b.findContent(one[:0], words, 1)) > 0
}

// ofRecord appends to dst the first types with this record, up to most of them, in
// ascending order. The kind must be one that is indexed by record.
func (b *Base) ofRecord(dst []uint32, rec btf.Record, most int) []uint32 {
	t := &b.refs
	if rec.Kind() == btf.KindFunc {
		t = b.funcs()
	}
	return t.find(dst, hashWords(b.seed, rec), most, func(id uint32) bool { return slices.Equal(rec, b.record(id)) })
}

// named appends to dst the types of a class, classEnum or classStruct, with a name,
// in ascending order.
func (b *Base) named(dst []uint32, class class, name uint32) []uint32 {
	return b.names.find(dst, b.hashName(name), math.MaxInt, func(id uint32) bool {
		rec := b.record(id)
		return uint32(rec.NameOff()) == name && kinds[rec.Kind()].class == class
	})
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
