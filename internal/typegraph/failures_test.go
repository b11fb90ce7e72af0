package typegraph

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// setFailureSteps changes FailureSteps for the time of a test.
func setFailureSteps(t *testing.T, steps int) {
	old := FailureSteps
	FailureSteps = steps
	t.Cleanup(func() { FailureSteps = old })
}

// TestFailures compares results with and without the memory of failures, with
// split types whose base has other versions of some structs.
func TestFailures(t *testing.T) {
	old := FailureSteps
	defer func() { FailureSteps = old }()
	saved := 0
	for seed := range unitgen.Rounds(t, 1000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 13))
		shapes := NewShapes()
		prog := unitgen.NewProgram(rng, unitgen.ProgramOptions{
			Structs:  3 + rng.IntN(20),
			Versions: rng.Float64() / 2,
			Dups:     rng.Float64() / 10 * float64(rng.IntN(2)),
			Full:     rng.Float64(),
			EnumFwd:  rng.Float64() / 4 * float64(rng.IntN(2)),
			BadEnums: rng.IntN(4) == 0,
			Shuffle:  rng.Float64(),
		})
		next := func() *Unit {
			if seed%8 == 0 {
				return unitOf(unitgen.RandomUnit(rng, 1+rng.IntN(40)), shapes)
			}
			return unitOf(prog.Unit(), shapes)
		}
		opts := options{deferred: true}
		if rng.IntN(4) != 0 {
			var units []*Unit
			for range 1 + rng.IntN(4) {
				units = append(units, next())
			}
			base, err := run(shapes, opts, units)
			if err != nil {
				continue // a reference loop
			}
			opts.base = base.asBase(t, shapes)
			shapes = newShapesOver(opts.base)
		}
		var units []*Unit
		for range 1 + rng.IntN(8) {
			units = append(units, next())
		}
		var results [2]*Result
		var steps [2]int
		for i, n := range []int{0, math.MaxInt} {
			FailureSteps = n
			g := newGraph(shapes, opts)
			res, err := runOn(g, units)
			if err != nil {
				break
			}
			results[i], steps[i] = res, g.Stats().Steps
		}
		if (results[0] == nil) != (results[1] == nil) {
			t.Fatalf("seed %d: an error with one way only", seed)
		}
		if results[0] == nil {
			continue
		}
		if diff := sameResult(results[0], results[1]); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		saved += steps[1] - steps[0]
	}
	if saved <= 0 {
		t.Errorf("%d steps saved", saved)
	}
}

// TestFailureLimits has pairs that fail at first, are taken as equal later, and
// so must not be remembered.
func TestFailureLimits(t *testing.T) {
	array := func() []uint32 { return unitgen.Head(0, btf.KindArray, 0, false, 0, 8) }
	for _, c := range []struct {
		name  string
		units func() []*unitgen.Unit
		want  uint32 // types
	}{
		{
			// Array 4 of unit 2 is not equal to the one of unit 1, but passes as
			// a copy of array 3, which is.
			"array", func() []*unitgen.Unit {
				var a, b unitgen.Unit
				a.Add(unitgen.StructWords(1, 1), 3)
				a.Add(unitgen.StructWords(2, 2), 3, 3)
				a.Add(array(), 4, 4)
				a.Add(unitgen.IntWords(10))
				b.Add(unitgen.StructWords(1, 1), 4)
				b.Add(unitgen.StructWords(2, 2), 3, 4)
				b.Add(array(), 5, 5)
				b.Add(array(), 6, 5)
				b.Add(unitgen.IntWords(10))
				b.Add(unitgen.IntWords(11))
				return []*unitgen.Unit{&a, &b}
			}, 7,
		},
		{
			// Struct 5 of unit 5 has version 1 of struct 20, that of unit 3 version
			// 2. The one of unit 4 has a FWD that is bound to version 1, and becomes
			// that of unit 3; so does that of unit 5 when struct 6 is compared.
			"forward", func() []*unitgen.Unit {
				var u [5]unitgen.Unit
				u[0].Add(unitgen.StructWords(3, 1), 2)
				u[0].Add(unitgen.PtrWords(), 3)
				u[0].Add(unitgen.FwdWords(20))
				u[1].Add(unitgen.StructWords(3, 1), 2)
				u[1].Add(unitgen.PtrWords(), 3)
				u[1].Add(unitgen.StructWords(20, 1), 4)
				u[1].Add(unitgen.IntWords(10))
				u[2].Add(unitgen.StructWords(7, 1), 5)
				u[2].Add(unitgen.StructWords(8, 1), 6)
				u[2].Add(unitgen.StructWords(5, 1), 4)
				u[2].Add(unitgen.PtrWords(), 7)
				u[2].Add(unitgen.PtrWords(), 3)
				u[2].Add(unitgen.PtrWords(), 1)
				u[2].Add(unitgen.StructWords(20, 2), 8, 8)
				u[2].Add(unitgen.IntWords(10))
				u[3].Add(unitgen.StructWords(6, 1), 2)
				u[3].Add(unitgen.PtrWords(), 3)
				u[3].Add(unitgen.StructWords(5, 1), 4)
				u[3].Add(unitgen.PtrWords(), 5)
				u[3].Add(unitgen.FwdWords(20))
				u[4].Add(unitgen.StructWords(7, 1), 4)
				u[4].Add(unitgen.StructWords(6, 1), 4)
				u[4].Add(unitgen.StructWords(8, 1), 5)
				u[4].Add(unitgen.PtrWords(), 6)
				u[4].Add(unitgen.PtrWords(), 1)
				u[4].Add(unitgen.StructWords(5, 1), 7)
				u[4].Add(unitgen.PtrWords(), 8)
				u[4].Add(unitgen.StructWords(20, 1), 9)
				u[4].Add(unitgen.IntWords(10))
				return []*unitgen.Unit{&u[0], &u[1], &u[2], &u[3], &u[4]}
			}, 14,
		},
	} {
		for _, steps := range []int{0, math.MaxInt} {
			setFailureSteps(t, steps)
			shapes := NewShapes()
			var units []*Unit
			for _, b := range c.units() {
				units = append(units, unitOf(b, shapes))
			}
			res, err := run(shapes, options{deferred: true}, units)
			if err != nil {
				t.Fatal(err)
			}
			if n := res.NumIDs() - 1; n != c.want {
				t.Errorf("%s, noting from %d steps on: %d types, want %d", c.name, steps, n, c.want)
			}
		}
	}
}
