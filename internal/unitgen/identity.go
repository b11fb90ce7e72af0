package unitgen

import (
	"math/rand/v2"

	"github.com/gopahole/gopahole/btf"
)

// IdentityUnits makes units that hold a struct with two members of one type.
// Some units have that type once, as compilers should, some have two copies,
// and some copies differ in one place. That is what the identity check is for.
func IdentityUnits(rng *rand.Rand) []*Unit {
	depth := 1 + rng.IntN(4)
	if rng.IntN(3) == 0 {
		depth = 12 + rng.IntN(8)
	}
	levels := make([]btf.Kind, depth)
	for i := range levels {
		levels[i] = identityKinds[rng.IntN(len(identityKinds))]
	}
	var units []*Unit
	for range 2 + rng.IntN(2) {
		b := new(Unit)
		words := Head(1, btf.KindStruct, 2, false, 16, 2, 0, 3, 64)
		var first uint32
		if rng.IntN(2) == 0 {
			first = b.Add(words, 0, 0)
		}
		x := copyOf(rng, b, levels)
		y := x
		if rng.IntN(3) != 0 {
			y = copyOf(rng, b, levels)
		}
		if first != 0 {
			b.Refs[first-1] = []uint32{x, y}
		} else {
			b.Add(words, x, y)
		}
		units = append(units, b)
	}
	return units
}

var identityKinds = []btf.Kind{
	btf.KindStruct, btf.KindStruct, btf.KindUnion, btf.KindFuncProto, btf.KindArray,
	btf.KindPtr, btf.KindConst, btf.KindTypedef, btf.KindTypeTag,
}

// copyOf emits a chain of types, each referring to the next; it ends in an INT.
// At times a reference is to a copy of its own, or the INT is another one.
func copyOf(rng *rand.Rand, b *Unit, levels []btf.Kind) uint32 {
	if len(levels) == 0 {
		switch rng.IntN(12) {
		case 0:
			return b.Add(Head(11, btf.KindInt, 0, false, 4, 32))
		case 1:
			return b.Add(Head(12, btf.KindFwd, 0, false, 0))
		case 2:
			return b.Add(Head(12, btf.KindStruct, 0, false, 4))
		}
		for i, w := range b.Words {
			if btf.KindOf(w[1]) == btf.KindInt && w[0] == 10 {
				return uint32(i + 1)
			}
		}
		return b.Add(Head(10, btf.KindInt, 0, false, 4, 32))
	}
	next := copyOf(rng, b, levels[1:])
	again := next
	if rng.IntN(8) == 0 && len(levels) < 6 {
		again = copyOf(rng, b, levels[1:])
	}
	switch k := levels[0]; k {
	case btf.KindStruct, btf.KindUnion:
		return b.Add(Head(0, k, 2, false, 8, 4, 0, 5, 0), next, again)
	case btf.KindFuncProto:
		return b.Add(Head(0, k, 1, false, 0, 6), next, again)
	case btf.KindArray:
		return b.Add(Head(0, k, 0, false, 0, 3), next, again)
	case btf.KindTypedef, btf.KindTypeTag:
		return b.Add(Head(7, k, 0, false, 0), next)
	default:
		return b.Add(Head(0, k, 0, false, 0), next)
	}
}
