// Package unitgen makes compile units for tests of deduplication: units of made-up C
// programs, of types without any sense, and of copies for the identity check. Names
// are small numbers.
package unitgen

import (
	"iter"

	"github.com/gopahole/gopahole/btf"
)

// Unit is the types of one compile unit, with numbers from 1 on.
type Unit struct {
	Words [][]uint32 // own content: records without the words that are references
	Refs  [][]uint32 // references, as numbers of the unit
}

// Len returns the number of types.
func (b *Unit) Len() uint32 { return uint32(len(b.Words)) }

// All returns the types in order, each with its words and its references.
func (b Unit) All() iter.Seq2[[]uint32, []uint32] {
	return func(yield func(words, refs []uint32) bool) {
		for i, words := range b.Words {
			if !yield(words, b.Refs[i]) {
				return
			}
		}
	}
}

// Add appends a type and returns its number.
func (b *Unit) Add(words []uint32, refs ...uint32) uint32 {
	b.Words = append(b.Words, words)
	b.Refs = append(b.Refs, refs)
	return b.Len()
}

// Swap exchanges two types and keeps all references right.
func (b *Unit) Swap(i, j uint32) {
	if i == j {
		return
	}
	b.Words[i-1], b.Words[j-1] = b.Words[j-1], b.Words[i-1]
	b.Refs[i-1], b.Refs[j-1] = b.Refs[j-1], b.Refs[i-1]
	for _, refs := range b.Refs {
		for k, e := range refs {
			switch e {
			case i:
				refs[k] = j
			case j:
				refs[k] = i
			}
		}
	}
}

// Head returns the three words that all kinds have, and a tail.
func Head(name uint32, kind btf.Kind, vlen int, kflag bool, size uint32, tail ...uint32) []uint32 {
	return append([]uint32{name, btf.Info(kind, vlen, kflag), size}, tail...)
}

// IntWords are those of an INT.
func IntWords(name uint32) []uint32 { return Head(name, btf.KindInt, 0, false, 4, 32) }

// PtrWords are those of a PTR.
func PtrWords() []uint32 { return Head(0, btf.KindPtr, 0, false, 0) }

// FwdWords are those of a FWD of a struct.
func FwdWords(name uint32) []uint32 { return Head(name, btf.KindFwd, 0, false, 0) }

// StructWords is a struct with members of different names.
func StructWords(name uint32, members int) []uint32 {
	words := Head(name, btf.KindStruct, members, false, uint32(8*members))
	for i := range members {
		words = append(words, uint32(500+i), uint32(64*i))
	}
	return words
}
