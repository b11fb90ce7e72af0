package dedup

import (
	"math/rand/v2"
	"testing"
)

// asUnit makes the types of a result into a unit, such as a base.
func (r *Result) asUnit() *Unit {
	return &Unit{Shapes: r.Shapes, Start: r.Start, Edges: r.Edges}
}

// TestReset checks that a graph that was used and reset gives the same results
// as a new one.
func TestReset(t *testing.T) {
	setFailureSteps(t, 0)
	for seed := range testRounds(t, 200) {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		shapes := NewShapes()
		prog := newProgram(rng, programs[rng.IntN(len(programs))].opts)
		next := func() *Unit {
			if rng.IntN(3) == 0 {
				return randomUnit(rng, 1+rng.IntN(30)).unit(shapes)
			}
			return prog.unit().unit(shapes)
		}
		opts := GraphOptions{Raw: true}
		if seed%4 != 0 {
			base, err := run(shapes, GraphOptions{Raw: true}, []*Unit{next(), next(), next()})
			if err != nil {
				continue // a reference loop
			}
			opts.Base = base.asUnit()
			if seed%4 == 1 { // duplicates in the base
				opts.Base = next()
			}
		} else if seed%8 == 0 {
			opts.Raw = false
		}
		used := NewGraph(shapes, opts)
		for range 4 {
			units := []*Unit{next(), next()}
			want, wantErr := run(shapes, opts, units)
			got, err := runOn(used, units)
			used.Reset()
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("seed %d: %v, want %v", seed, err, wantErr)
			}
			if err == nil {
				if diff := sameResult(got, want); diff != "" {
					t.Fatalf("seed %d: %s", seed, diff)
				}
			}
		}
	}
}
