package typegraph

import (
	"math/bits"

	"github.com/gopahole/gopahole/btf"
)

// A sieve holds back records of a base that no type of a graph can be equal to, and no
// forward declaration stands for.
//
// A type with a name is equal to one of that name only, so there is a mark for each name. A
// pointer without one is equal to one that refers to the same type. So types with a name pass
// first, and then pointers to what has passed, or to what one of the types that are added
// refers to by its ID. Other types without a name have a mark by what is next to be told.
type sieve struct {
	base   *Base
	marks  [1 << 10]uint64 // by key
	kinds  uint32          // a bit for each kind of what is added that refers to a type, and has no name
	passed []uint64        // a bit for each ID that has passed, or is referred to
}

// newSieve returns the sieve for records that follow each other.
func (b *Base) newSieve(own []uint32) *sieve {
	s := &sieve{base: b, passed: make([]uint64, (b.n+63)/64)}
	s.passed[0] = 1 // void
	for len(own) > 0 {
		words, ok := btf.RecordWords(btf.KindOf(own[1]), btf.VlenOf(own[1]))
		if !ok { // others find out what is wrong with it
			s.markAll()
			return s
		}
		rec := btf.Record(own[:words])
		own = own[words:]
		if rec[0] >= b.stringEnd { // it is not a name of the base
			continue
		}
		kind := rec.Kind()
		if at := refAt[kind]; at != 0 && rec[0] == 0 {
			s.kinds |= 1 << kind
			s.refer(rec[at])
		} else if kind == btf.KindFwd && rec[0] == 0 {
			s.markAll() // it may stand for whatever has no name
		}
		s.mark(recordKey(rec))
	}
	return s
}

// refAt has the word with the ID of the kinds that without a name are equal only if what they
// refer to is.
var refAt = [1 << 7]uint8{btf.KindPtr: 2, btf.KindConst: 2, btf.KindVolatile: 2, btf.KindRestrict: 2, btf.KindArray: 3}

// refer notes that what is added refers to a type, unless that is added as well. Something may
// come to stand for a forward declaration of the base; it has the same name.
func (s *sieve) refer(id uint32) {
	if id == 0 || id >= s.base.n {
		return
	}
	s.pass(id)
	if rec := s.base.record(id); rec.Kind() == btf.KindFwd {
		if rec[0] == 0 {
			s.markAll()
		}
		s.mark(nameKey(rec[0]))
	}
}

func (s *sieve) mark(key uint32) {
	key &= 64*uint32(len(s.marks)) - 1
	s.marks[key/64] |= 1 << (key % 64)
}

// markAll lets everything pass.
func (s *sieve) markAll() {
	for i := range s.marks {
		s.marks[i] = ^uint64(0)
	}
	s.kinds = ^uint32(0)
}

func (s *sieve) pass(id uint32) { s.passed[id/64] |= 1 << (id % 64) }

// sift returns the IDs of the records that pass, and of what is referred to.
func (s *sieve) sift() []uint32 {
	last := s.siftNamed()
	for id := s.siftNameless(1, last); id <= last; id = s.siftNameless(id+1, last) {
		if s.passes(s.base.record(id), id, maxSieveDepth) {
			s.pass(id)
		}
	}
	count := 0
	for _, w := range s.passed {
		count += bits.OnesCount64(w)
	}
	ids := make([]uint32, 0, count)
	for i, w := range s.passed {
		for ; w != 0; w &= w - 1 {
			ids = append(ids, uint32(64*i+bits.TrailingZeros64(w)))
		}
	}
	return ids[1:] // without void
}

// siftNameless lets records without a name pass, from an ID on to the last one, as far as they
// are of the most frequent kinds and refer to what was looked at. It returns the ID of one that
// is not, or what is behind the last one. It calls nothing, as siftNamed.
//
//go:noinline
func (s *sieve) siftNameless(id, last uint32) uint32 {
	words, start := s.base.words, s.base.start[:last+1]
	passed, marks, kinds := s.passed, &s.marks, s.kinds
	for id := uint(id); id < uint(len(start)); id++ {
		at := uint(start[id-1])
		if words[at] != 0 {
			continue
		}
		switch kind := btf.KindOf(words[at+1]); kind {
		case btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict:
			if kinds>>kind&1 == 0 {
				continue
			}
			ref := uint(words[at+2])
			if ref/64 < uint(len(passed)) && passed[ref/64]>>(ref%64)&1 != 0 {
				passed[id/64] |= 1 << (id % 64)
			} else if ref >= id && ref < uint(len(start)) || ref/64 >= uint(len(passed)) {
				return uint32(id)
			}
		case btf.KindFuncProto:
			key := protoKey(words[at:start[id]]) & (64*uint32(len(marks)) - 1)
			if marks[key/64]>>(key%64)&1 != 0 {
				passed[id/64] |= 1 << (id % 64)
			}
		default:
			return uint32(id)
		}
	}
	return last + 1
}

// siftNamed lets records with a name pass. It returns the last ID without one, 0 if all have
// one: types without are a third of a kernel, and together where its types are sorted. It
// calls nothing, so that what the loop needs stays in registers.
//
//go:noinline
func (s *sieve) siftNamed() (last uint32) {
	words, start := s.base.words, s.base.start[:s.base.n]
	passed, marks := s.passed, &s.marks
	for id := uint(1); id < uint(len(start)); id++ {
		at := uint(start[id-1])
		name := words[at]
		if name == 0 {
			last = uint32(id)
			continue
		}
		key := nameKey(name) & (64*uint32(len(marks)) - 1)
		if marks[key/64]>>(key%64)&1 != 0 || sieveAlways[words[at+1]>>24&0x7f] {
			passed[id/64] |= 1 << (id % 64)
		}
	}
	return last
}

// maxSieveDepth is how many types without a name in a row are looked at.
const maxSieveDepth = 8

// passes reports whether a record without a name passes, which has an ID. Those before were
// looked at.
func (s *sieve) passes(rec btf.Record, id uint32, depth int) bool {
	kind := rec.Kind()
	at := refAt[kind]
	if at == 0 || kind == btf.KindArray && !s.has(recordKey(rec)) {
		return at == 0 && (s.has(recordKey(rec)) || sieveAlways[kind])
	}
	if s.kinds>>kind&1 == 0 {
		return false
	}
	ref := rec[at]
	switch {
	case ref >= s.base.n: // what is wrong with it is found if somebody looks at it
		return true
	case s.passed[ref/64]>>(ref%64)&1 != 0:
		return true
	case ref < id:
		return false
	}
	next := s.base.record(ref)
	return next[0] == 0 && (depth == 0 || s.passes(next, id, depth-1))
}

// has reports whether a key has a mark.
func (s *sieve) has(key uint32) bool {
	key &= 64*uint32(len(s.marks)) - 1
	return s.marks[key/64]>>(key%64)&1 != 0
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

// recordKey returns a number that equal types have in common, and forward declarations with
// what they may stand for. It is made of the name; without one, of what is next to be told
// of a type, whatever other types are merged: the number of elements, members or parameters,
// and the names of the first and of the last one. Enums without a name have one key, as one
// may stand for another with more values.
func recordKey(rec btf.Record) uint32 {
	if name := rec[0]; name != 0 {
		return nameKey(name)
	}
	var key uint32
	switch rec.Kind() {
	case btf.KindArray:
		key = rec[5] << 5
	case btf.KindFuncProto:
		return protoKey(rec)
	case btf.KindStruct, btf.KindUnion:
		key = rec[1]
		if len(rec) > headWords {
			key ^= rec[headWords] << 7
		}
	}
	return nameKey(key)
}

// protoKey is recordKey of a FUNC_PROTO.
func protoKey(rec []uint32) uint32 {
	key := rec[1]
	if n := len(rec); n > headWords+1 {
		key ^= rec[headWords]<<7 ^ rec[n-2]<<9
	}
	return nameKey(key)
}

// nameKey returns the number of a mark.
func nameKey(name uint32) uint32 { return name * nameFactor >> nameShift }
