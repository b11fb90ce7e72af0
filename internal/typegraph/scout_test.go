package typegraph

import (
	"flag"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
	"github.com/gopahole/gopahole/libbpf"
)

// scouted are the units of which some types were found, for the tests to know that they test
// something.
var scouted struct {
	sync.Mutex
	confirmed, found, late int
}

// runScouted adds units of which scouts have found types up to late units before.
func runScouted(g *Incremental, rng *rand.Rand, units []*Unit, late int) error {
	scouts := []*Scout{g.NewScout(), g.NewScout()}
	findings := make([]*Findings, len(units))
	spare := []*Findings{new(Findings), nil, new(Findings)}
	for i, u := range units {
		for j := i; j < len(units) && j <= i+late; j++ {
			if findings[j] == nil && (j == i || rng.IntN(2) == 0) {
				f := spare[j%len(spare)]
				if f == nil || late >= len(spare) {
					f = new(Findings)
				}
				findings[j] = f
				scouts[rng.IntN(2)].Find(units[j], f)
			}
		}
		f := findings[i]
		before := g.stats.Comparisons
		if err := g.AddFound(u, f); err != nil {
			return err
		}
		scouted.Lock()
		if n := len(u.Shapes) - len(f.rest); !f.whole && n > 0 && g.stats.Comparisons == before {
			scouted.confirmed++
			scouted.found += n
			if f.end < uint32(len(g.nodes)) {
				scouted.late++
			}
		}
		scouted.Unlock()
	}
	return nil
}

// compareScouted compares what scouts and Add make of units with the result of the deferred mode,
// which is nil after an error.
func compareScouted(t *testing.T, compat libbpf.Version, shapes *Shapes, units []*Unit, seed int, primitives uint64, want *Result) {
	t.Helper()
	for late := range 3 {
		g := NewIncremental(shapes, IncrementalOptions{Compat: compat, Primitives: primitives, Scouts: true})
		err := runScouted(g, rand.New(rand.NewPCG(uint64(seed), uint64(late))), units, late)
		var got *Result
		if err == nil {
			got, err = g.Finish(t.Context())
		}
		switch {
		case reasonOf(err) != ReasonNone:
		case (err == nil) != (want != nil):
			t.Errorf("seed %d: up to %d units late: %v, deferred mode has a result: %v", seed, late, err, want != nil)
		case err == nil:
			if diff := sameResult(got, want); diff != "" {
				t.Errorf("seed %d: up to %d units late: %s", seed, late, diff)
			}
		}
	}
}

// Scouts find something in what the modes are compared on. It runs after these tests, by its name.
func TestScouted(t *testing.T) {
	if flag.Lookup("test.run").Value.String() != "" {
		t.Skip("not all of the other tests ran")
	}
	t.Logf("%+v", &scouted)
	if scouted.confirmed < 500 || scouted.late < 100 {
		t.Errorf("%d units were confirmed, %d of them late", scouted.confirmed, scouted.late)
	}
}

// Cases in which nothing may be confirmed, or not all.
func TestConfirm(t *testing.T) {
	member := func(b *unitgen.Unit, target uint32) { b.Add(unitgen.StructWords(1, 2), target, target) }
	array := func(b *unitgen.Unit, elem, index uint32) {
		b.Add(unitgen.Head(0, btf.KindArray, 0, false, 0, 4), elem, index)
	}
	one := func(b *unitgen.Unit, name, target uint32) { b.Add(unitgen.StructWords(name, 1), target) }
	list := func(b *unitgen.Unit, at uint32) { b.Add(unitgen.PtrWords(), at+1); one(b, 2, at) }
	larger := unitgen.Head(7, btf.KindStruct, 0, false, 16)
	integer := unitgen.Head(3, btf.KindInt, 0, false, 4, 32)
	fwd := unitgen.Head(7, btf.KindFwd, 0, false, 0)
	full := unitgen.Head(7, btf.KindStruct, 0, false, 8)
	for _, c := range []struct {
		name              string
		before, meanwhile func(b *unitgen.Unit) // units added before and after the scout looks; nil: none
		unit              func(b *unitgen.Unit)
		rest              int // -1: the unit is added as a whole
	}{
		{"known", func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) }, nil,
			func(b *unitgen.Unit) { b.Add(unitgen.PtrWords(), 2); member(b, 1) }, 0},
		{"new", func(b *unitgen.Unit) { b.Add(full) }, nil,
			func(b *unitgen.Unit) { b.Add(full); b.Add(unitgen.PtrWords(), 1); member(b, 2) }, 2},
		{"known since", func(b *unitgen.Unit) { b.Add(full) }, func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) },
			func(b *unitgen.Unit) { b.Add(full); member(b, 3); b.Add(unitgen.PtrWords(), 2) }, 0},
		{"another version since", func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) },
			func(b *unitgen.Unit) { member(b, 2); b.Add(full) },
			func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) }, 0},
		{"another version since, behind an array", func(b *unitgen.Unit) { member(b, 2); array(b, 1, 1) },
			func(b *unitgen.Unit) { member(b, 2); array(b, 3, 3); b.Add(integer) },
			func(b *unitgen.Unit) { member(b, 2); array(b, 1, 1) }, -1},
		{"another version", func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) }, nil,
			func(b *unitgen.Unit) { member(b, 2); b.Add(full) }, 2},
		{"two new versions", func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) }, nil,
			func(b *unitgen.Unit) { member(b, 3); member(b, 4); b.Add(full); b.Add(larger) }, 4},
		{"one new version, twice", func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) }, nil,
			func(b *unitgen.Unit) { member(b, 3); member(b, 3); b.Add(full) }, -1},
		{"a new version that a forward declaration may tell apart", func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.PtrWords(), 1) }, nil,
			func(b *unitgen.Unit) { member(b, 3); member(b, 4); b.Add(full); b.Add(fwd) }, -1},
		{"a forward declaration to bind", func(b *unitgen.Unit) { member(b, 2); b.Add(fwd) }, nil,
			func(b *unitgen.Unit) { member(b, 2); b.Add(full) }, 1},
		{"one that is not bound", func(b *unitgen.Unit) { member(b, 2); b.Add(fwd); b.Add(full) }, nil,
			func(b *unitgen.Unit) { member(b, 2); b.Add(full) }, 0},
		{"one to bind, to the union of its name", func(b *unitgen.Unit) { member(b, 2); b.Add(fwd) }, nil,
			func(b *unitgen.Unit) { member(b, 2); b.Add(unitgen.Head(7, btf.KindUnion, 0, false, 8)) }, -1},
		{"a new one to bind", func(b *unitgen.Unit) { member(b, 2); b.Add(full) }, nil,
			func(b *unitgen.Unit) { member(b, 2); b.Add(fwd) }, 1},
		{"one to bind, to two versions", func(b *unitgen.Unit) { one(b, 5, 2); b.Add(fwd); one(b, 6, 2) }, nil,
			func(b *unitgen.Unit) { one(b, 5, 3); one(b, 6, 4); b.Add(full); b.Add(larger) }, -1},
		{"one that was bound since", func(b *unitgen.Unit) { member(b, 2); b.Add(fwd); b.Add(full) },
			func(b *unitgen.Unit) { member(b, 2); b.Add(full) },
			func(b *unitgen.Unit) { member(b, 2); b.Add(full) }, 0},
		{"the other way round", func(b *unitgen.Unit) { member(b, 2); b.Add(full); b.Add(fwd) },
			func(b *unitgen.Unit) { member(b, 2); b.Add(fwd) },
			func(b *unitgen.Unit) { member(b, 2); b.Add(fwd) }, 0},
		{"two of one content", func(b *unitgen.Unit) { b.Add(full) }, nil,
			func(b *unitgen.Unit) { b.Add(unitgen.PtrWords(), 2); member(b, 1); member(b, 1) }, -1},
		// libbpf gives up on comparing the two lists with each other, and takes the struct for another one.
		{"two lists for one", func(b *unitgen.Unit) { member(b, 2); list(b, 2) }, nil,
			func(b *unitgen.Unit) { b.Add(unitgen.StructWords(1, 2), 2, 4); list(b, 2); list(b, 4) }, -1},
		// The forward declaration fits the new version as well.
		{"one that is found could be the new one", func(b *unitgen.Unit) { one(b, 5, 2); b.Add(fwd) },
			func(b *unitgen.Unit) { one(b, 5, 3); one(b, 1, 3); b.Add(full) },
			func(b *unitgen.Unit) {
				one(b, 1, 3)
				one(b, 1, 4)
				b.Add(larger)
				b.Add(fwd)
				b.Add(unitgen.PtrWords(), 2)
			}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			shapes := NewShapes()
			g := NewIncremental(shapes, IncrementalOptions{Scouts: true})
			var units []*Unit
			add := func(fill func(b *unitgen.Unit)) {
				if fill == nil {
					return
				}
				b := new(unitgen.Unit)
				fill(b)
				units = append(units, unitOf(b, shapes))
				if err := g.Add(units[len(units)-1]); err != nil {
					t.Fatal(err)
				}
			}
			add(c.before)
			b := new(unitgen.Unit)
			c.unit(b)
			u, f := unitOf(b, shapes), new(Findings)
			g.NewScout().Find(u, f)
			add(c.meanwhile)
			rest := -1
			if g.confirm(u, f) {
				rest = len(f.rest)
			}
			if rest != c.rest {
				t.Errorf("a rest of %d types, want %d", rest, c.rest)
			}
			want, err := run(shapes, options{deferred: true}, append(units, u))
			if err != nil {
				t.Fatal(err)
			}
			switch err = g.AddFound(u, f); {
			case reasonOf(err) != ReasonNone: // the deferred mode has to do it
				return
			case err != nil:
				t.Fatal(err)
			}
			if ids := g.IDs(); len(ids) != len(u.Shapes)+1 || slices.Contains(ids[1:], 0) {
				t.Errorf("IDs %v", ids)
			}
			switch got, err := g.Finish(t.Context()); {
			case reasonOf(err) != ReasonNone:
			case err != nil:
				t.Error(err)
			default:
				if diff := sameResult(got, want); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}
