package typegraph

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/internal/unitgen"
	"github.com/gopahole/gopahole/libbpf"
)

// TestSplitByUnit compares merging unit by unit over a base with the deferred mode, on
// random input, with graphs that are used again.
func TestSplitByUnit(t *testing.T) {
	var fired [numReasons]int
	for seed := range unitgen.Rounds(t, 1500) {
		if reason := splitByUnit(t, uint64(seed)); reason >= 0 {
			fired[reason]++
		}
	}
	t.Logf("reasons: %v", fired)
	if fired[ReasonNone] < fired[ReasonBaseFwd] || fired[ReasonNone] == 0 {
		t.Errorf("few are merged unit by unit: %v", fired)
	}
}

func FuzzSplitByUnit(f *testing.F) {
	for seed := range 50 {
		f.Add(uint64(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64) { splitByUnit(t, seed) })
}

// splitByUnit compares the modes on made up units. It returns the Reason that fired in the
// last round, or -1 if there is no base or it cannot be used.
func splitByUnit(t *testing.T, seed uint64) (reason int) {
	rng := rand.New(rand.NewPCG(seed, 29))
	shapes := NewShapes()
	prog := unitgen.NewProgram(rng, unitgen.Programs[rng.IntN(len(unitgen.Programs))].Opts)
	random := rng.IntN(4) == 0
	next := func() *Unit {
		if random && rng.IntN(3) > 0 {
			return unitOf(unitgen.RandomUnit(rng, 1+rng.IntN(30)), shapes)
		}
		return unitOf(prog.Unit(), shapes)
	}
	opts := options{deferred: true}
	if rng.IntN(4) == 0 { // which is strict about arrays
		opts.compat = libbpf.V19
	}
	var units []*Unit
	for range 1 + rng.IntN(3) {
		units = append(units, next())
	}
	base, err := run(shapes, opts, units)
	if err != nil {
		return -1 // a reference loop
	}
	opts.base = base.asBase(t, shapes)
	if rng.IntN(20) == 0 { // duplicates in the base
		opts.base = baseOf(t, shapes, next())
	}
	if !opts.base.MergesByUnit(opts.compat) {
		return -1
	}
	shapes = newShapesOver(opts.base)
	used := newGraph(shapes, opts)
	for round := range 3 {
		units = units[:0]
		for range 1 + rng.IntN(6) {
			units = append(units, next())
		}
		want, wantErr := run(shapes, opts, units)
		var need *NeedCountError
		guess := uint64(0)
		if rng.IntN(3) == 0 {
			guess = opts.base.entries(opts.base.n-1) + rng.Uint64N(40)
		}
		var got *Result
		for again := true; again; {
			used.mergeByUnit(guess)
			got, err = runOn(used, units)
			used.reset()
			if again = errors.As(err, &need); again {
				if guess == need.Primitives {
					t.Fatalf("seed %d: asks for %d again", seed, guess)
				}
				guess = need.Primitives
			}
		}
		// What comes next may be deferred.
		again, againErr := runOn(used, units)
		used.reset()
		if (againErr == nil) != (wantErr == nil) {
			t.Fatalf("seed %d, round %d, deferred: %v, want %v", seed, round, againErr, wantErr)
		}
		if againErr == nil {
			if diff := sameResult(again, want); diff != "" {
				t.Fatalf("seed %d, round %d, deferred: %s", seed, round, diff)
			}
		}
		reason = int(reasonOf(err))
		switch {
		case reason != int(ReasonNone):
		case (err == nil) != (wantErr == nil):
			t.Fatalf("seed %d, round %d: %v, want %v", seed, round, err, wantErr)
		case err == nil:
			if diff := sameResult(got, want); diff != "" {
				t.Fatalf("seed %d, round %d: %s", seed, round, diff)
			}
		}
	}
	return reason
}

// A graph that merged a module unit by unit, in which structs were decided as copies, takes any
// module after Reset.
func TestCopiesAreForgotten(t *testing.T) {
	shapes := NewShapes()
	unit := func(fill func(b *unitgen.Unit)) *Unit {
		b := new(unitgen.Unit)
		fill(b)
		return unitOf(b, shapes)
	}
	opts := options{deferred: true}
	opts.base = baseOf(t, shapes, unit(func(b *unitgen.Unit) { b.Add(unitgen.IntWords(9)) }))
	shapes = newShapesOver(opts.base)
	full := unitgen.StructWords(1, 0)
	member := func(b *unitgen.Unit, target uint32) { b.Add(unitgen.StructWords(2, 1), target) }
	two := func(b *unitgen.Unit, a, c uint32) { b.Add(unitgen.StructWords(3, 2), a, c) }
	first := []*Unit{
		unit(func(b *unitgen.Unit) { two(b, 2, 2); member(b, 3); b.Add(full) }),
		unit(func(b *unitgen.Unit) { two(b, 3, 4); b.Add(full); member(b, 2); member(b, 2) }),
	}
	for _, c := range []struct {
		name string
		fill func(b *unitgen.Unit)
	}{
		{"a module that is smaller", func(b *unitgen.Unit) { b.Add(full) }},
		{"a struct where a copy was", func(b *unitgen.Unit) {
			for range 12 {
				b.Add(unitgen.StructWords(2, 1), b.Len()+2)
			}
			b.Add(full)
		}},
	} {
		for _, byUnit := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, by unit %v", c.name, byUnit), func(t *testing.T) {
				next := []*Unit{unit(c.fill)}
				want, err := run(shapes, opts, next)
				if err != nil {
					t.Fatal(err)
				}
				g := newGraph(shapes, opts)
				g.mergeByUnit(0)
				if _, err := runOn(g, first); err != nil {
					t.Fatal(err)
				}
				if len(g.recogniser.early) == 0 {
					t.Fatal("no struct was decided as a copy")
				}
				g.reset()
				if byUnit {
					g.mergeByUnit(0)
				}
				got, err := runOn(g, next)
				if err != nil {
					t.Fatal(err)
				}
				if diff := sameResult(got, want); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
