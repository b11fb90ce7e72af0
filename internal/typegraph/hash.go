package typegraph

import "math/bits"

// hashWords mixes a seed and words into 64 bits. The seed is random in every
// table, so that no input can be made to collide; results never depend on the
// hash, because every hit is compared in full.
func hashWords(seed uint64, words []uint32) uint64 {
	const k0, k1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := seed ^ uint64(len(words))*k1
	for len(words) >= 4 {
		a := uint64(words[0]) | uint64(words[1])<<32
		b := uint64(words[2]) | uint64(words[3])<<32
		hi, lo := bits.Mul64(a^seed^k0, b^h)
		h = hi ^ lo
		words = words[4:]
	}
	var a, b uint64
	switch len(words) {
	case 3:
		b = uint64(words[2])
		fallthrough
	case 2:
		a = uint64(words[0]) | uint64(words[1])<<32
	case 1:
		a = uint64(words[0])
	}
	hi, lo := bits.Mul64(a^seed^k1, b^h^k0)
	return hi ^ lo
}

// hashPair mixes two numbers, for keys that are not worth a slice.
func hashPair(seed, a, b uint64) uint64 {
	const k0 = 0x8ebc6af09c88c6e3
	hi, lo := bits.Mul64(a^seed, b^k0^bits.RotateLeft64(seed, 32))
	return hi ^ lo
}
