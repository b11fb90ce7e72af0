package typegraph

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// setFailureSteps changes failureSteps for the time of a test.
func setFailureSteps(t *testing.T, steps int) {
	old := failureSteps
	failureSteps = steps
	t.Cleanup(func() { failureSteps = old })
}

// TestFailures compares results with and without the memory of failures, with
// split types whose base has other versions of some structs.
func TestFailures(t *testing.T) {
	old := failureSteps
	defer func() { failureSteps = old }()
	saved := 0
	for seed := range testRounds(t, 1000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 13))
		shapes := NewShapes()
		prog := newProgram(rng, programOptions{
			structs:  3 + rng.IntN(20),
			versions: rng.Float64() / 2,
			dups:     rng.Float64() / 10 * float64(rng.IntN(2)),
			full:     rng.Float64(),
			enumFwd:  rng.Float64() / 4 * float64(rng.IntN(2)),
			badEnums: rng.IntN(4) == 0,
			shuffle:  rng.Float64(),
		})
		next := func() *Unit {
			if seed%8 == 0 {
				return randomUnit(rng, 1+rng.IntN(40)).unit(shapes)
			}
			return prog.unit().unit(shapes)
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
			failureSteps = n
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
	array := func() []uint32 { return head(0, btf.KindArray, 0, false, 0, 8) }
	for _, c := range []struct {
		name  string
		units func() []*unitBuilder
		want  uint32 // types
	}{
		{
			// Array 4 of unit 2 is not equal to the one of unit 1, but passes as
			// a copy of array 3, which is.
			"array", func() []*unitBuilder {
				var a, b unitBuilder
				a.add(structWords(1, 1), 3)
				a.add(structWords(2, 2), 3, 3)
				a.add(array(), 4, 4)
				a.add(intWords(10))
				b.add(structWords(1, 1), 4)
				b.add(structWords(2, 2), 3, 4)
				b.add(array(), 5, 5)
				b.add(array(), 6, 5)
				b.add(intWords(10))
				b.add(intWords(11))
				return []*unitBuilder{&a, &b}
			}, 7,
		},
		{
			// Struct 5 of unit 5 has version 1 of struct 20, that of unit 3 version
			// 2. The one of unit 4 has a FWD that is bound to version 1, and becomes
			// that of unit 3; so does that of unit 5 when struct 6 is compared.
			"forward", func() []*unitBuilder {
				var u [5]unitBuilder
				u[0].add(structWords(3, 1), 2)
				u[0].add(ptrWords(), 3)
				u[0].add(fwdWords(20))
				u[1].add(structWords(3, 1), 2)
				u[1].add(ptrWords(), 3)
				u[1].add(structWords(20, 1), 4)
				u[1].add(intWords(10))
				u[2].add(structWords(7, 1), 5)
				u[2].add(structWords(8, 1), 6)
				u[2].add(structWords(5, 1), 4)
				u[2].add(ptrWords(), 7)
				u[2].add(ptrWords(), 3)
				u[2].add(ptrWords(), 1)
				u[2].add(structWords(20, 2), 8, 8)
				u[2].add(intWords(10))
				u[3].add(structWords(6, 1), 2)
				u[3].add(ptrWords(), 3)
				u[3].add(structWords(5, 1), 4)
				u[3].add(ptrWords(), 5)
				u[3].add(fwdWords(20))
				u[4].add(structWords(7, 1), 4)
				u[4].add(structWords(6, 1), 4)
				u[4].add(structWords(8, 1), 5)
				u[4].add(ptrWords(), 6)
				u[4].add(ptrWords(), 1)
				u[4].add(structWords(5, 1), 7)
				u[4].add(ptrWords(), 8)
				u[4].add(structWords(20, 1), 9)
				u[4].add(intWords(10))
				return []*unitBuilder{&u[0], &u[1], &u[2], &u[3], &u[4]}
			}, 14,
		},
	} {
		for _, steps := range []int{0, math.MaxInt} {
			setFailureSteps(t, steps)
			shapes := NewShapes()
			var units []*Unit
			for _, b := range c.units() {
				units = append(units, b.unit(shapes))
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
