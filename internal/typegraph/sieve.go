package typegraph

import "github.com/gopahole/gopahole/btf"

// A sieve holds back records of a base that no type of a graph can be equal to, and no
// forward declaration stands for. It has a mark for every key of a type.
type sieve struct {
	base  *Base
	own   []uint32 // records that are added, one after the other
	start []uint32 // of each in own, and the end
	marks [1 << 10]uint64
}

// newSieve returns the sieve for records that follow each other.
func (b *Base) newSieve(own []uint32) *sieve {
	s := &sieve{base: b, own: own, start: make([]uint32, 1, len(own)/5+2)}
	for at := 0; at < len(own); {
		words, ok := btf.RecordWords(btf.KindOf(own[at+1]), btf.VlenOf(own[at+1]))
		if !ok {
			for i := range s.marks { // others find out what is wrong with it
				s.marks[i] = ^uint64(0)
			}
			return s
		}
		at += words
		s.start = append(s.start, uint32(at))
	}
	for i, end := range s.start[1:] {
		if rec := btf.Record(own[s.start[i]:end]); rec[0] < b.stringEnd { // or it is not a name of the base
			key := s.recordKey(rec)
			s.marks[key/64] |= 1 << (key % 64)
		}
	}
	return s
}

// sift returns the IDs of the records that pass.
func (s *sieve) sift() []uint32 {
	words, start := s.base.words, s.base.start
	end := len(start) - 1
	passed, n := make([]uint32, end), 0 // of which little is touched
	for i := 0; i < end; {
		i, n = s.siftNamed(i, passed, n)
		for ; i < end; i++ {
			rec := words[start[i]:start[i+1]]
			if rec[0] != 0 {
				break
			}
			if s.has(s.recordKey(rec)) || sieveAlways[rec[1]>>24&0x7f] {
				passed[n] = uint32(i + 1)
				n++
			}
		}
	}
	return passed[:n]
}

// siftNamed puts the IDs of records that pass behind the n that passed already: from the
// record with index i on, up to the first one without a name. It returns the index of that
// one, or the number of records, and how many have passed. Two thirds of a kernel have names,
// and are together where its types are sorted. It calls nothing, so that what the loop needs
// stays in registers.
//
//go:noinline
func (s *sieve) siftNamed(i int, passed []uint32, n int) (int, int) {
	words, start := s.base.words, s.base.start
	start = start[:len(passed)]
	for ; uint(i) < uint(len(start)); i++ {
		at := uint(start[i])
		if words[at] == 0 {
			break
		}
		if s.has(nameKey(words[at])) || sieveAlways[words[at+1]>>24&0x7f] {
			passed[n] = uint32(i + 1)
			n++
		}
	}
	return i, n
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
// of a type, whatever other types are merged: the number of members or parameters, the name
// of the first one, and what the type refers to (refKey). Enums without a name have one key,
// as one may stand for another with more values.
func (s *sieve) recordKey(rec btf.Record) uint32 {
	if name := rec[0]; name != 0 {
		return nameKey(name)
	}
	var key uint32
	switch kind := rec.Kind(); kind {
	case btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict:
		key = uint32(kind) + s.refKey(rec[2])
	case btf.KindArray:
		if len(rec) >= headWords+3 {
			key = rec[5]<<5 + s.refKey(rec[3])
		}
	case btf.KindFuncProto:
		key = rec[1]
		if n := len(rec); n > headWords+1 {
			key ^= rec[headWords]<<7 ^ rec[n-2]<<9
		}
	case btf.KindStruct, btf.KindUnion:
		key = rec[1]
		if len(rec) > headWords {
			key ^= rec[headWords] << 7
		}
	}
	return nameKey(key)
}

// refKey is the name of a type or, without one, its kind. All that a forward
// declaration may stand for is one kind, and so are enums.
func (s *sieve) refKey(id uint32) uint32 {
	rec := s.record(id)
	if len(rec) < headWords {
		return 0 // void
	}
	if rec[0] != 0 {
		return rec[0]
	}
	switch kind := btf.Record(rec).Kind(); kind {
	case btf.KindFwd, btf.KindUnion:
		return uint32(btf.KindStruct)
	case btf.KindEnum64:
		return uint32(btf.KindEnum)
	default:
		return uint32(kind)
	}
}

// record returns that of a type of the base or of one that is added, nil of void and of what
// does not exist.
func (s *sieve) record(id uint32) []uint32 {
	if n := s.base.n; id >= n {
		if i := id - n; i < uint32(len(s.start)-1) {
			return s.own[s.start[i]:s.start[i+1]]
		}
		return nil
	}
	if id == 0 {
		return nil
	}
	return s.base.record(id)
}

// nameKey returns the number of a mark.
func nameKey(name uint32) uint32 { return name * nameFactor >> nameShift }
