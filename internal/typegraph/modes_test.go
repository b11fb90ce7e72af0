package typegraph

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/internal/unitgen"
	"github.com/gopahole/gopahole/libbpf"
)

// run adds units to a new graph and finishes it.
func run(shapes *Shapes, opts options, units []*Unit) (*Result, error) {
	return runOn(newGraph(shapes, opts), units)
}

// newGraph returns a graph of any kind.
func newGraph(shapes *Shapes, opts options) *graph {
	g := new(graph)
	g.init(shapes, opts)
	return g
}

// reasonOf returns the reason of a NeedDeferredError, or ReasonNone.
func reasonOf(err error) Reason {
	if e := (*NeedDeferredError)(nil); errors.As(err, &e) {
		return e.Reason
	}
	return ReasonNone
}

func runOn(g Graph, units []*Unit) (*Result, error) {
	for _, u := range units {
		if err := g.Add(u); err != nil {
			return nil, err
		}
	}
	return g.Finish(context.Background())
}

func sameResult(a, b *Result) string {
	if !slices.Equal(a.Shapes, b.Shapes) {
		return fmt.Sprintf("shapes %v, want %v", a.Shapes, b.Shapes)
	}
	if !slices.Equal(a.Start, b.Start) || !slices.Equal(a.Edges, b.Edges) {
		return fmt.Sprintf("edges %v %v, want %v %v", a.Start, a.Edges, b.Start, b.Edges)
	}
	return ""
}

// TestIncrementalIsDeferred compares the two modes on random streams of units.
func TestIncrementalIsDeferred(t *testing.T) {
	rounds := unitgen.Rounds(t, 300)
	for i, p := range unitgen.Programs {
		t.Run(p.Name, func(t *testing.T) {
			var fired [numReasons]int
			for seed := range rounds {
				rng := rand.New(rand.NewPCG(uint64(seed), uint64(100+i)))
				prog := unitgen.NewProgram(rng, p.Opts)
				shapes := NewShapes()
				var units []*Unit
				for range 2 + rng.IntN(8) {
					units = append(units, unitOf(prog.Unit(), shapes))
				}
				reason := compareModes(t, shapes, units, seed)
				if reason != ReasonNone && !p.Fires {
					t.Errorf("seed %d: reason %v fired", seed, reason)
				}
				fired[reason]++
			}
			t.Logf("reasons: %v", fired)
		})
	}
	t.Run("identity", func(t *testing.T) {
		var fired [numReasons]int
		for seed := range 10 * rounds {
			rng := rand.New(rand.NewPCG(uint64(seed), 3))
			shapes := NewShapes()
			var units []*Unit
			for _, b := range unitgen.IdentityUnits(rng) {
				units = append(units, unitOf(b, shapes))
			}
			fired[compareModes(t, shapes, units, seed)]++
		}
		t.Logf("reasons: %v", fired)
	})
	t.Run("locations", func(t *testing.T) {
		var fired [numReasons]int
		for seed := range 10 * rounds {
			rng := rand.New(rand.NewPCG(uint64(seed), 23))
			shapes := NewShapes()
			var units []*Unit
			for range 1 + rng.IntN(5) {
				u := unitgen.RandomUnit(rng, 1+rng.IntN(12))
				unitgen.AddLocations(rng, u)
				units = append(units, unitOf(u, shapes))
			}
			fired[compareModes(t, shapes, units, seed)]++
		}
		t.Logf("reasons: %v", fired)
		if fired[ReasonNone] < rounds {
			t.Errorf("%d of %d are merged unit by unit", fired[ReasonNone], 10*rounds)
		}
	})
	t.Run("random", func(t *testing.T) {
		var fired [numReasons]int
		for seed := range 10 * rounds {
			rng := rand.New(rand.NewPCG(uint64(seed), 2))
			shapes := NewShapes()
			var units []*Unit
			for range 1 + rng.IntN(5) {
				n := 1 + rng.IntN(12)
				if rng.IntN(4) == 0 {
					n = 20 + rng.IntN(60)
				}
				units = append(units, unitOf(unitgen.RandomUnit(rng, n), shapes))
			}
			fired[compareModes(t, shapes, units, seed)]++
		}
		t.Logf("reasons: %v", fired)
	})
}

// compareModes compares the incremental mode, with several guesses of the number of
// primitive types, with the deferred mode. It returns the reason that fired without a
// guess, or with the right one if the graph asked for it.
func compareModes(t *testing.T, shapes *Shapes, units []*Unit, seed int) Reason {
	t.Helper()
	if seed%4 == 0 { // which is strict about arrays
		compareModesOf(t, libbpf.V19, shapes, units, seed)
	}
	return compareModesOf(t, libbpf.V18, shapes, units, seed)
}

func compareModesOf(t *testing.T, compat libbpf.Version, shapes *Shapes, units []*Unit, seed int) Reason {
	t.Helper()
	g := newGraph(shapes, options{deferred: true, compat: compat})
	var raw *Result
	var rawErr error
	for _, u := range units {
		if rawErr = g.Add(u); rawErr != nil {
			break
		}
	}
	primitives := g.table.entries
	if rawErr == nil {
		raw, rawErr = g.Finish(context.Background())
	}
	reason := ReasonNone
	for i, guess := range []uint64{0, 1 + uint64(seed)%40, primitives} {
		merged, err := run(shapes, options{compat: compat, primitives: guess}, units)
		if need := (*NeedCountError)(nil); errors.As(err, &need) {
			if need.Primitives != primitives || guess == primitives {
				t.Errorf("seed %d: guess %d: asks for %d, deferred mode has %d", seed, guess, need.Primitives, primitives)
			}
			merged, err = run(shapes, options{compat: compat, primitives: need.Primitives}, units)
		}
		switch {
		case reasonOf(err) != ReasonNone:
			if i == 0 {
				reason = reasonOf(err)
			}
			if reasonOf(err) == ReasonCandidate && primitives != 0 {
				t.Errorf("seed %d: guess %d: reason %v", seed, guess, ReasonCandidate)
			}
		case (err == nil) != (rawErr == nil):
			t.Errorf("seed %d: guess %d: merged: %v, raw: %v", seed, guess, err, rawErr)
		case err == nil:
			if diff := sameResult(merged, raw); diff != "" {
				t.Errorf("seed %d: guess %d: %s", seed, guess, diff)
			}
		}
	}
	compareScouted(t, compat, shapes, units, seed, primitives, raw)
	return reason
}
