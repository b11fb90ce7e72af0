package unit

import (
	"math/rand/v2"
	"testing"
)

// TestDivide compares the parts of sections with a look at each section.
func TestDivide(t *testing.T) {
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 31))
		var ranges []addrRange
		for i := range rng.IntN(9) {
			r := addrRange{addr: rng.Uint64N(24), size: rng.Uint64N(9), index: i + 1}
			if rng.IntN(4) == 0 {
				r.addr -= 12 // some end at the end of the address space, some go on at 0
			}
			ranges = append(ranges, r)
		}
		v := varSections{parts: divide(ranges)}
		for a := range uint64(64) {
			addr, want := a-24, 0
			for _, r := range ranges {
				if addr-r.addr < r.size {
					want = r.index
					break
				}
			}
			if got := v.at(addr); got != want {
				t.Fatalf("seed %d: %#x is in %d, want %d, of %v", seed, addr, got, want, ranges)
			}
		}
	}
}
