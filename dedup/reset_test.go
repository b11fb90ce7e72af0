package dedup

import (
	"math/rand/v2"
	"testing"
)

// asUnit makes the types of a result into a unit, such as a base.
func (r *Result) asUnit() *Unit {
	return &Unit{Shapes: r.Shapes, Start: r.Start, Edges: r.Edges}
}

// TestResetKeepsNoTypes checks that a graph over a base and its shapes, reset
// together, do not grow with what passes through them, and that results stay those
// of a new graph.
func TestResetKeepsNoTypes(t *testing.T) {
	setFailureSteps(t, 0)
	rng := rand.New(rand.NewPCG(3, 5))
	prog := newProgram(rng, programOptions{structs: 60, full: 0.5, dups: 0.2})
	frozen := NewShapes()
	res, err := run(frozen, GraphOptions{Raw: true}, []*Unit{prog.unit().unit(frozen), prog.unit().unit(frozen)})
	if err != nil {
		t.Fatal(err)
	}
	opts := GraphOptions{Raw: true, Base: res.asUnit()}
	shapes := NewShapesOver(frozen)
	g := NewGraph(shapes, opts)
	type size struct{ shapes, types, edges, info, first, chains, refined, enums int }
	measure := func() size {
		return size{
			shapes.Len(), len(g.nodes), len(g.edges), len(g.info), len(g.table.first), len(g.table.chains) - len(g.table.spare),
			len(g.table.refined), len(g.enums.byName),
		}
	}
	before := measure()
	lists := 0
	for i := range 200 {
		// Another program each time, on top of some of what the base has.
		other := newProgram(rng, programOptions{structs: 60, full: 0.5, dups: 0.2})
		builders := []*unitBuilder{prog.unit(), other.unit(), other.unit()}
		units := func(s *Shapes) (list []*Unit) {
			for _, b := range builders {
				list = append(list, b.unit(s))
			}
			return list
		}
		got, err := runOn(g, units(shapes))
		if err != nil {
			t.Fatal(err)
		}
		g.Reset()
		shapes.Reset()
		fresh := NewShapesOver(frozen)
		want, err := run(fresh, opts, units(fresh))
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameResult(got, want); diff != "" {
			t.Fatalf("round %d: %s", i, diff)
		}
		// Lists of the base may stay split, but no more of them than it has types.
		now := measure()
		now.chains, now.refined = before.chains, before.refined
		if now != before {
			t.Fatalf("round %d: %+v are left, before it was %+v", i, now, before)
		}
		if i == 100 {
			lists = len(g.table.chains)
		}
	}
	if n := len(g.table.chains); n > lists {
		t.Errorf("%d lists after 200 rounds, %d after 100", n, lists)
	}
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
