package typegraph

import (
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// NewBaseFor is NewBase for one graph, to which only types with the records own are
// added. Records follow each other there, and names are offsets into the strings of t, or
// from their end on. The indexes have only what one of those types may be equal to, which
// takes less time where they are few. Results are the same.
func NewBaseFor(t *btf.Types, own []uint32) (*Base, error) {
	b := newBase(t)
	b.edges = len(b.words) / 2 // or fewer: what refers has a second word for it, or the three of all records
	n := int(b.n)
	room := n / 8 // most types stay out; if not, lists become longer
	next := make([]uint32, n)
	b.contents.init(room, next, b, b.hashContent, func(c class) bool { return c != classRef && c != classDistinct })
	b.refs.init(room, next, b, b.hashRecord, func(c class) bool { return c == classRef })
	funcs := new(someTable)
	b.allFuncs = func() *someTable { return funcs }
	b.askedFuncs.Store(true)
	for _, id := range slices.Backward(newSieve(own, b.stringEnd).sift(b.words, b.start)) {
		rec := b.record(id)
		switch kind := rec.Kind(); {
		case kind == btf.KindFunc:
			funcs.ids = append(funcs.ids, id)
		case kinds[kind].class == classRef:
			b.refs.quick.add(b.quickRecord(rec), id)
		default:
			if err := b.indexContent(kinds[kind].class, rec, id); err != nil {
				return nil, err
			}
		}
	}
	b.indexed()
	slices.Reverse(funcs.ids)
	funcs.index(func(id uint32) uint64 { return b.hashRecord(b.record(id)) })
	return b, nil
}

// A sieve holds back records that no type of a graph can be equal to, and no forward
// declaration stands for. It has a mark for every key of a type.
type sieve struct {
	marks [1 << 16]bool
	all   bool // nothing is held back
}

// newSieve returns the sieve for records that follow each other. Names from stringEnd on
// are not those of a base.
func newSieve(own []uint32, stringEnd uint32) *sieve {
	s := new(sieve)
	for len(own) > 0 {
		words, ok := btf.RecordWords(btf.KindOf(own[1]), btf.VlenOf(own[1]))
		if !ok {
			s.all = true // others find out what is wrong with it
			return s
		}
		if rec := btf.Record(own[:words]); rec[0] < stringEnd {
			s.marks[sieveKey(rec)] = true
		}
		own = own[words:]
	}
	return s
}

// sift returns the IDs of the records that pass.
func (s *sieve) sift(words, start []uint32) []uint32 {
	passed, n := make([]uint32, len(start)), 0 // of which little is touched
	for i := range start[1:] {
		at := start[i]
		name, kind := words[at], words[at+1]>>24&0x7f
		var pass bool
		if name != 0 { // half of a kernel are functions, and this is all there is to see of them
			pass = s.marks[spread(name)]
		} else {
			pass = s.marks[sieveKey(words[at:start[i+1]])]
		}
		if pass || sieveAlways[kind] || s.all {
			passed[n] = uint32(i + 1)
			n++
		}
	}
	return passed[:n]
}

// sieveAlways has the kinds that always pass: graphs know of all forward declarations and
// variables.
var sieveAlways = func() (always [1 << 7]bool) {
	for kind := range always {
		switch kinds[kind].class {
		case classVoid, classDistinct, classFwd:
			always[kind] = true
		}
	}
	return always
}()

// sieveKey returns a number that equal types have in common, whatever they refer to, and
// forward declarations with what they may stand for. It is made of the name; without one,
// of the elements of an array, and of the number of members or parameters and the name of
// the first one. Enums without a name have one key, as one may stand for another with
// more values.
func sieveKey(rec btf.Record) uint16 {
	key := rec[0]
	if key == 0 && len(rec) > headWords {
		switch rec.Kind() {
		case btf.KindArray:
			key = rec[5]
		case btf.KindStruct, btf.KindUnion, btf.KindFuncProto:
			key = rec[1] ^ rec[3]<<7
		}
	}
	return spread(key)
}

func spread(key uint32) uint16 { return uint16(key * 0x9e3779b1 >> 16) }
