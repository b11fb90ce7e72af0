package dedup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/gopahole/gopahole/btf"
)

// Base is the types of a base and of what that is split from, for graphs of split
// BTF. It can be shared by any number of graphs at the same time.
//
// A kernel has 110,000 types, of which a small module gets to see a few thousand.
// So little is done for all of them: Base has indexes from a content to the type
// that has it, and a graph takes over a type when it comes across it (see touch).
//
// Name identities are string offsets. If the base has a string twice, these are
// two names, as they are for libbpf, which compares offsets as well. Names that
// the base does not have get identities from the end of its strings on.
type Base struct {
	words []uint32 // records, one after the other
	start []uint32 // of each in words by ID - 1, and the end
	n     uint32   // IDs, void included
	edges int      // references of all types
	names uint32   // end of the strings
	seed  uint64

	// shapes has the contents that were met so far, of types in the index contents
	// and of those that consist of a reference: fewer than maxShapes. Shapes of a
	// NewShapesOver are not below that number.
	shapes    *Shapes
	maxShapes uint32

	contents idTable // INT, FLOAT, FWD, ENUM, ENUM64, STRUCT, UNION, TYPEDEF by shape
	refs     idTable // other types that are merged, by record, without FUNC
	funcs    func() *idTable

	// repeats has, by the ID in an index, all types of the same content or record,
	// in ascending order, where there are several.
	repeats     map[uint32][]uint32
	funcRepeats map[uint32][]uint32 // the same for funcs

	enums    []namedType // in ascending order, as what follows
	structs  []namedType // and unions
	distinct []uint32    // VAR and DATASEC

	walkEnums  bool // shapes do not tell what becomes of enums, see enums.go
	anonFwd    bool // there is a FWD without a name
	repeatsFwd bool // a FWD is there twice
}

// namedType is a type with the offset of its name.
type namedType struct{ name, id uint32 }

// NewBase indexes the types of a base. The error is a *UnknownKindError, wrapped,
// for a kind whose references are not known.
func NewBase(t *btf.Types) (*Base, error) {
	b := &Base{n: uint32(t.NumIDs()), names: uint32(t.StringEnd()), seed: rand.Uint64(), shapes: NewShapes()}
	b.words, b.start = records(t)
	if err := b.count(); err != nil {
		return nil, err
	}
	b.index()
	b.funcs = sync.OnceValue(b.indexFuncs)
	for _, kind := range []btf.Kind{btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict} {
		b.shapes.Intern([]uint32{0, btf.Info(kind, 0, false), 0})
	}
	b.maxShapes = uint32(b.shapes.Len()) + b.n
	return b, nil
}

// count counts what the tables need room for, and checks kinds.
func (b *Base) count() error {
	var kinds [1 << 7]int // types by kind
	edges, words := 0, b.words
	for id, start := range b.start[:b.n-1] {
		info := words[start+1]
		k := lookupKind(btf.KindOf(info))
		if k == nil {
			return fmt.Errorf("[%d]: %w", id+1, &UnknownKindError{Kind: btf.KindOf(info)})
		}
		kinds[btf.KindOf(info)]++
		edges += int(k.edges) + btf.VlenOf(info)*int(k.elemEdges)
	}
	b.edges = edges
	contents, refs := 0, 0
	for kind, n := range kinds {
		switch k := lookupKind(btf.Kind(kind)); {
		case k == nil:
		case k.class != classRef:
			contents += n
		case btf.Kind(kind) != btf.KindFunc:
			refs += n
		}
	}
	b.contents.init(contents, b.n)
	b.refs.init(refs, b.n)
	return nil
}

// index fills the indexes.
func (b *Base) index() {
	b.repeats = make(map[uint32][]uint32)
	for id := uint32(1); id < b.n; id++ {
		kind := btf.KindOf(b.info(id))
		if kind == btf.KindFunc {
			continue
		}
		rec := b.record(id)
		named := namedType{rec[0], id}
		k := &kinds[kind]
		switch k.class {
		case classRef:
			b.file(&b.refs, b.repeats, hashWords(b.seed, rec), id)
			continue
		case classDistinct:
			b.distinct = append(b.distinct, id)
			continue
		case classEnum:
			b.enums = append(b.enums, named)
			b.walkEnums = b.walkEnums || btf.VlenOf(rec[1]) == 0
		case classStruct:
			b.structs = append(b.structs, named)
		case classFwd:
			b.anonFwd = b.anonFwd || rec[0] == 0
		}
		if b.file(&b.contents, b.repeats, b.hashContent(rec), id) {
			b.walkEnums = b.walkEnums || k.class == classEnum
			b.repeatsFwd = b.repeatsFwd || k.class == classFwd
		}
	}
}

// indexFuncs makes the index of the FUNC types. Half of a kernel's types are of
// this kind, and small modules do not ask for them.
func (b *Base) indexFuncs() *idTable {
	t := new(idTable)
	n := 0
	for id := uint32(1); id < b.n; id++ {
		if btf.KindOf(b.info(id)) == btf.KindFunc {
			n++
		}
	}
	t.init(n, b.n)
	b.funcRepeats = make(map[uint32][]uint32)
	for id := uint32(1); id < b.n; id++ {
		if btf.KindOf(b.info(id)) == btf.KindFunc {
			b.file(t, b.funcRepeats, hashWords(b.seed, b.record(id)), id)
		}
	}
	return t
}

// file adds a type to an index, or to the repeats of one that is equal; then it
// returns true.
func (b *Base) file(t *idTable, repeats map[uint32][]uint32, hash uint64, id uint32) bool {
	rec := b.record(id)
	byContent := t == &b.contents
	first, slot := t.find(hash, func(other uint32) bool {
		if byContent {
			return equalContent(rec, b.record(other))
		}
		return slices.Equal(rec, b.record(other))
	})
	if first == 0 {
		t.put(slot, hash, id)
		return false
	}
	if repeats[first] == nil {
		repeats[first] = []uint32{first}
	}
	repeats[first] = append(repeats[first], id)
	return true
}

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

func (b *Base) record(id uint32) []uint32 {
	lo, hi := b.start[id-1], b.start[id]
	return b.words[lo:hi:hi]
}

// info returns the info word of a type.
func (b *Base) info(id uint32) uint32 { return b.words[b.start[id-1]+1] }

// ofContent returns the types whose content is the shape words, in ascending
// order, nil if there is none or the kind is not indexed by content.
func (b *Base) ofContent(words []uint32, one *[1]uint32) []uint32 {
	if words[0] >= b.names {
		return nil
	}
	if k := lookupKind(btf.KindOf(words[1])); k == nil || k.class == classRef || k.class == classDistinct {
		return nil
	}
	first, _ := b.contents.find(b.hashContent(words), func(id uint32) bool { return equalShape(words, b.record(id)) })
	if first == 0 {
		return nil
	}
	if ids := b.repeats[first]; ids != nil {
		return ids
	}
	one[0] = first
	return one[:]
}

// has reports whether some type has the content.
func (b *Base) has(words []uint32) bool {
	var one [1]uint32
	return b.ofContent(words, &one) != nil
}

// ofRecord returns the types with this record, of a kind that is indexed by record.
func (b *Base) ofRecord(rec []uint32, one *[1]uint32) []uint32 {
	t, repeats := &b.refs, b.repeats
	if btf.KindOf(rec[1]) == btf.KindFunc {
		t, repeats = b.funcs(), b.funcRepeats
	}
	first, _ := t.find(hashWords(b.seed, rec), func(id uint32) bool { return slices.Equal(rec, b.record(id)) })
	if first == 0 {
		return nil
	}
	if ids := repeats[first]; ids != nil {
		return ids
	}
	one[0] = first
	return one[:]
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
