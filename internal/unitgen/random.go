package unitgen

import (
	"math/rand/v2"

	"github.com/gopahole/gopahole/btf"
)

// RandomUnit makes a unit without any sense: few names, references anywhere.
func RandomUnit(rng *rand.Rand, n int) *Unit {
	b := new(Unit)
	kinds := make([]btf.Kind, n+1)
	var protos, usable []uint32 // usable: kinds that may be referred to from structs
	for i := range n {
		kinds[i+1] = randomKinds[rng.IntN(len(randomKinds))]
		switch kinds[i+1] {
		case btf.KindVar, btf.KindDatasec, btf.KindDeclTag:
			continue
		case btf.KindFuncProto:
			protos = append(protos, uint32(i+1))
		}
		usable = append(usable, uint32(i+1))
	}
	ref := func() uint32 {
		switch {
		case rng.IntN(200) == 0:
			return uint32(rng.IntN(n + 1))
		case len(usable) == 0 || rng.IntN(10) == 0:
			return 0
		}
		return usable[rng.IntN(len(usable))]
	}
	name := func() uint32 { return uint32(1 + rng.IntN(3)) }
	maybe := func() uint32 { return uint32(rng.IntN(3)) }
	for i, kind := range kinds[1:] {
		switch kind {
		case btf.KindInt:
			b.Add(Head(name(), kind, 0, false, 4, uint32(32+rng.IntN(2))))
		case btf.KindFloat:
			b.Add(Head(name(), kind, 0, false, 4))
		case btf.KindFwd:
			nm := name()
			if rng.IntN(30) == 0 {
				nm = 0
			}
			b.Add(Head(nm, kind, 0, rng.IntN(3) == 0, 0))
		case btf.KindEnum, btf.KindEnum64:
			size := uint32(4 + 4*rng.IntN(2))
			switch {
			case rng.IntN(4) == 0:
				b.Add(Head(maybe(), kind, 0, false, size))
			case kind == btf.KindEnum:
				b.Add(Head(maybe(), kind, 1, rng.IntN(8) == 0, 4, 9, uint32(rng.IntN(3))))
			default:
				b.Add(Head(maybe(), kind, 1, false, 8, 9, uint32(rng.IntN(2)), 0))
			}
		case btf.KindArray:
			b.Add(Head(0, kind, 0, false, 0, uint32(rng.IntN(2))), ref(), ref())
		case btf.KindFuncProto:
			words, refs := Head(0, kind, rng.IntN(3), false, 0), []uint32{ref()}
			for range btf.VlenOf(words[1]) {
				words, refs = append(words, maybe()), append(refs, ref())
			}
			b.Add(words, refs...)
		case btf.KindFunc:
			if len(protos) == 0 {
				b.Add(Head(0, btf.KindPtr, 0, false, 0), ref())
				break
			}
			b.Add(Head(name(), kind, rng.IntN(2), false, 0), protos[rng.IntN(len(protos))])
		case btf.KindVar:
			b.Add(Head(name(), kind, 0, false, 0, 1), ref())
		case btf.KindDatasec:
			b.Add(Head(name(), kind, 1, false, 8, 0, 8), ref())
		case btf.KindDeclTag:
			b.Add(Head(name(), kind, 0, rng.IntN(4) == 0, 0, uint32(rng.IntN(2))), uint32(rng.IntN(n+1)))
		case btf.KindTypedef, btf.KindTypeTag:
			b.Add(Head(name(), kind, 0, false, 0), ref())
		case btf.KindStruct, btf.KindUnion:
			m := rng.IntN(4)
			nm := maybe()
			if i%2 == 0 { // many of one shape
				m, nm = 1, 0
			}
			words := Head(nm, kind, m, rng.IntN(10) == 0, uint32(8*m))
			var refs []uint32
			for i := range m {
				words = append(words, uint32(i+1), uint32(64*i))
				refs = append(refs, ref())
			}
			b.Add(words, refs...)
		default:
			b.Add(Head(0, kind, 0, false, 0), ref())
		}
	}
	return b
}

var randomKinds = []btf.Kind{
	btf.KindInt, btf.KindInt, btf.KindFloat, btf.KindFwd, btf.KindFwd, btf.KindEnum, btf.KindEnum, btf.KindEnum64,
	btf.KindPtr, btf.KindPtr, btf.KindPtr, btf.KindPtr, btf.KindArray, btf.KindArray, btf.KindTypedef, btf.KindTypedef,
	btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag, btf.KindFuncProto, btf.KindFuncProto, btf.KindFunc,
	btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindUnion, btf.KindUnion,
	btf.KindVar, btf.KindDatasec, btf.KindDeclTag,
}
