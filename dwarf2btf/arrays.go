package dwarf2btf

import (
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// Arrays says how arrays of several dimensions are encoded.
type Arrays uint8

const (
	// ArraysAuto is the default: as the base has them, nested without a base.
	ArraysAuto Arrays = iota
	// ArraysNested gives each dimension an ARRAY, as pahole 1.32 does.
	ArraysNested
	// ArraysFlat gives all dimensions one ARRAY of as many elements, as pahole
	// did before.
	ArraysFlat
)

// minArrays is the number of arrays from which on the lack of nested ones means
// something. Of the arrays of kernels 3 % are nested where they can be: 97 of 3,326
// in one of Debian's 6.12.
//
// The number need not be large. Where a base has no nested array, no type with an
// array of several dimensions can be found in it unless they are flat, so taking
// flat ones costs nothing but the dimensions.
const minArrays = 200

// flattensArrays reports whether the encoder of a base made one ARRAY of all
// dimensions: there are arrays, and none has an ARRAY as element. An array of a
// typedef that is an array is no evidence, as all encoders leave it alone.
//
// Of a chain, the first part that has evidence decides: that is the kernel's, and
// most of what a module shares with others comes from there.
func flattensArrays(t *btf.Types) bool {
	var chain []*btf.Types
	for ; t != nil; t = t.Base() {
		chain = append(chain, t)
	}
	for _, t := range slices.Backward(chain) {
		if arrays, nested := countArrays(t); nested || arrays >= minArrays {
			return !nested
		}
	}
	return false
}

// countArrays returns the number of own arrays up to the first nested one.
func countArrays(t *btf.Types) (n int, nested bool) {
	words, starts := t.Words(), t.Starts()
	for i := 1; i < len(starts); i++ { // all of a kernel are looked at for each small module
		if at := starts[i-1]; btf.KindOf(words[at+1]) == btf.KindArray {
			n++
			if t.Record(btf.Record(words[at:starts[i]]).Array().Elem).Kind() == btf.KindArray {
				return n, true
			}
		}
	}
	return n, false
}
