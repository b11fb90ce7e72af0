package unitgen

import (
	"math/rand/v2"

	"github.com/gopahole/gopahole/btf"
)

// AddLocations adds locations of few contents to a unit, and sections with them; now and
// then a struct or a typedef of one, which makes no sense. No libbpf that the peers have
// knows these kinds.
func AddLocations(rng *rand.Rand, u *Unit) {
	first := u.Len() + 1
	some := func() uint32 { return 1 + uint32(rng.IntN(int(u.Len()))) }
	for range 1 + rng.IntN(12) {
		location := func() uint32 { return first + uint32(rng.IntN(int(u.Len()-first+2))) } // or the type itself
		if rng.IntN(20) == 0 {
			location = some
		}
		n := rng.IntN(3)
		switch rng.IntN(6) {
		case 0, 1:
			words := Head(0, btf.KindLocParam, n, false, uint32(4+4*rng.IntN(2)), uint32(btf.LocReg))
			for range n {
				words = append(words, uint32(rng.IntN(2)))
			}
			u.Add(words)
		case 2, 3:
			var refs []uint32
			for range n {
				if ref := location(); ref <= u.Len() && rng.IntN(4) != 0 {
					refs = append(refs, ref)
				} else {
					refs = append(refs, 0)
				}
			}
			u.Add(Head(0, btf.KindLocProto, n, false, 0), refs...)
		case 4:
			words := Head(1, btf.KindLocsec, n, false, 0)
			var refs []uint32
			for i := range n {
				words = append(words, uint32(i))
				refs = append(refs, some(), min(location(), u.Len()))
			}
			u.Add(words, refs...)
		default:
			if u.Len() < first || rng.IntN(3) != 0 {
				continue
			}
			if of := min(location(), u.Len()); rng.IntN(2) == 0 {
				u.Add(StructWords(uint32(1+rng.IntN(2)), 1), of)
			} else {
				u.Add(Head(uint32(1+rng.IntN(2)), btf.KindTypedef, 0, false, 0), of)
			}
		}
	}
}
