package typegraph

import (
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// setWork changes the limits of work for the time of a test.
func setWork(t testing.TB, merged, classify, most workLimit) {
	oldMerged, oldClassify, oldMost := incrementalWork, classifyWork, maxWork
	incrementalWork, classifyWork, maxWork = merged, classify, most
	t.Cleanup(func() { incrementalWork, classifyWork, maxWork = oldMerged, oldClassify, oldMost })
}

// withLocations adds a unit with locations to types.
func withLocations(t *testing.T, rng *rand.Rand, types *btf.Types) *btf.Types {
	u := unitgen.RandomUnit(rng, 1+rng.IntN(8))
	unitgen.AddLocations(rng, u)
	more := unitgen.Types(t, nil, nil, []*unitgen.Unit{u})
	b := btf.NewBuilder(nil, types.Base())
	b.AddTypes(types)
	b.AddTypes(more)
	all, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestClasses compares results with and without classes.
func TestClasses(t *testing.T) {
	merged, classify, most := incrementalWork, classifyWork, maxWork
	classes, saved := 0, 0
	for seed := range unitgen.Rounds(t, 3000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 21))
		in := unitgen.RandomInput(t, uint64(seed)+uint64(rng.Uint32())<<20, func(base *btf.Types) (*btf.Types, error) {
			out, _, err := mergeTypes(t, base)
			return out, err
		})
		types, err := in.Parse()
		if err != nil {
			t.Fatal(err)
		}
		if seed%4 == 0 {
			types = withLocations(t, rng, types)
		}
		var want, got []byte
		var steps [2]int
		for i, limit := range []workLimit{classify, {-1, 0}} {
			setWork(t, merged, limit, most)
			out, stats, err := mergeTypes(t, types)
			steps[i] = stats.Work
			switch {
			case err != nil:
			case i == 0:
				want = out.Bytes()
			default:
				got = out.Bytes()
				classes += stats.Classes
			}
		}
		if string(want) != string(got) {
			t.Fatalf("seed %d: classes change the result", seed)
		}
		saved += steps[0] - steps[1]
	}
	if classes == 0 || saved <= 0 {
		t.Errorf("%d classes, %d pairs saved", classes, saved)
	}
}
