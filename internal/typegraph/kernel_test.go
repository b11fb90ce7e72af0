package typegraph

import (
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// TestKernelModes makes units of parts of a real kernel's types, where structs behind
// pointers are often only declared, and compares the modes.
func TestKernelModes(t *testing.T) {
	types, err := btf.Open(peer.Vmlinux(t, "612c"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(unitgen.Rounds(t, 4)) {
		rng := rand.New(rand.NewPCG(seed, 11))
		shapes := NewShapes()
		var units []*Unit
		for range 2 + rng.IntN(12) {
			units = append(units, unitOf(unitgen.KernelPart(rng, types), shapes))
		}
		t.Logf("seed %d: reason %v", seed, compareModes(t, shapes, units, int(seed)))
	}
}
