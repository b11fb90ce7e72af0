package dedup

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// asBase makes the types of a result into a base.
func (r *Result) asBase(t *testing.T, shapes *Shapes) *Base {
	t.Helper()
	return baseOf(t, shapes, &Unit{Shapes: r.Shapes, Start: r.Start, Edges: r.Edges})
}

// baseOf makes the types of a unit into a base. What cannot be in a base, such as
// references that make no sense, is in it all the same.
func baseOf(t *testing.T, shapes *Shapes, u *Unit) *Base {
	t.Helper()
	var words []uint32
	for i, sh := range u.Shapes {
		words = AppendRecord(words, shapes.Words(sh), u.Edges[u.Start[i]:u.Start[i+1]], func(n uint32) uint32 { return n })
	}
	const names = 1 << 16 // name identities are below
	blob := []byte{0x9f, 0xeb, 1, 0}
	for _, n := range []int{24, 0, 4 * len(words), 4 * len(words), names} {
		blob = binary.LittleEndian.AppendUint32(blob, uint32(n))
	}
	for _, w := range words {
		blob = binary.LittleEndian.AppendUint32(blob, w)
	}
	types, err := btf.ParseLoose(append(blob, make([]byte, names)...), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBase(types)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestResetKeepsNoTypes checks that a graph over a base and its shapes, reset
// together, do not grow with what passes through them, and that results stay those
// of a new graph.
func TestResetKeepsNoTypes(t *testing.T) {
	setFailureSteps(t, 0)
	rng := rand.New(rand.NewPCG(3, 5))
	prog := newProgram(rng, programOptions{structs: 60, full: 0.5, dups: 0.2})
	first := NewShapes()
	res, err := run(first, GraphOptions{Raw: true}, []*Unit{prog.unit().unit(first), prog.unit().unit(first)})
	if err != nil {
		t.Fatal(err)
	}
	opts := GraphOptions{Raw: true, Base: res.asBase(t, first)}
	shapes := NewShapesOver(opts.Base)
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
		fresh := NewShapesOver(opts.Base)
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
			opts.Base = base.asBase(t, shapes)
			if seed%4 == 1 { // duplicates in the base
				opts.Base = baseOf(t, shapes, next())
			}
			shapes = NewShapesOver(opts.Base)
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
