package typegraph

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// lastUnit makes up functions and tags: of types of the graph, also of forward declarations, and in
// part equal to pointers and prototypes that are there.
func lastUnit(rng *rand.Rand, shapes *Shapes, ids uint32) *Unit {
	u := &Unit{Start: []uint32{0}}
	add := func(words []uint32, edges ...Ref) Ref {
		u.Shapes, u.Edges = append(u.Shapes, shapes.Intern(words)), append(u.Edges, edges...)
		u.Start = append(u.Start, uint32(len(u.Edges)))
		return Local(uint32(len(u.Shapes)))
	}
	some := func() Ref { return InGraph(rng.Uint32N(ids)) }
	for range rng.IntN(12) {
		param := some()
		if rng.IntN(3) == 0 {
			param = add(unitgen.PtrWords(), some())
		}
		proto := add(unitgen.Head(0, btf.KindFuncProto, 1, false, 0, 1+rng.Uint32N(2)), some(), param)
		fn := add(unitgen.Head(1+rng.Uint32N(4), btf.KindFunc, 0, false, 0), proto)
		if rng.IntN(3) == 0 {
			add(unitgen.Head(9, btf.KindDeclTag, 0, false, 0, ^uint32(0)), fn)
		}
		if rng.IntN(5) == 0 {
			add(unitgen.Head(8, btf.KindVar, 0, false, 0, 1), some())
		}
	}
	return u
}

// Types that are added after Seal give the result that they give as units do, also if others
// are prepared at the same time.
func TestLast(t *testing.T) {
	found, compared := 0, 0
	for seed := range 300 {
		rng := rand.New(rand.NewPCG(uint64(seed), 77))
		shapes := NewShapes()
		var units []*Unit
		prog := unitgen.NewProgram(rng, unitgen.Programs[seed%len(unitgen.Programs)].Opts)
		for range 1 + rng.IntN(6) {
			units = append(units, unitOf(prog.Unit(), shapes))
		}
		sealed, plain := NewIncremental(shapes, IncrementalOptions{}), NewIncremental(shapes, IncrementalOptions{})
		add := func(g *Incremental, units []*Unit) error {
			for _, u := range units {
				if err := g.Add(u); err != nil {
					return err
				}
			}
			return nil
		}
		if err := add(plain, units); err != nil {
			continue // this mode cannot do it
		}
		if err := add(sealed, units); err != nil {
			t.Fatal(err)
		}
		var last []*Unit
		for range 3 {
			last = append(last, lastUnit(rng, shapes, plain.NumIDs()))
		}
		if err := add(plain, last); err != nil {
			t.Fatal(err)
		}
		want, err := plain.Finish(t.Context())
		if err != nil {
			continue
		}
		view, err := sealed.Seal(0)
		if err != nil {
			t.Fatal(err)
		}
		prepared := make([]Prepared, len(last))
		var all sync.WaitGroup
		for i, u := range last {
			all.Go(func() {
				if err := view.Prepare(u, &prepared[i]); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i, u := range last {
			if err := sealed.AddLast(u, view, &prepared[i]); err != nil {
				t.Fatal(err)
			}
			for n, id := range sealed.IDs()[1:] {
				if sh, _ := sealed.Node(id); sh != u.Shapes[n] {
					t.Fatalf("seed %d: type %d is %d of another shape", seed, n, id)
				}
			}
			for _, id := range prepared[i].found {
				if id != 0 && id != isDistinct {
					found++
				}
			}
		}
		got, err := sealed.Finish(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameResult(got, want); diff != "" {
			t.Errorf("seed %d: %s", seed, diff)
		}
		compared++
	}
	if compared < 100 || found < 100 {
		t.Errorf("%d inputs were compared, with %d types that the units have", compared, found)
	}
}

// What cannot be among the last types is refused.
func TestLastRefused(t *testing.T) {
	shapes := NewShapes()
	g := NewIncremental(shapes, IncrementalOptions{})
	view, err := g.Seal(4)
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func(b *unitgen.Unit){
		"a struct":             func(b *unitgen.Unit) { b.Add(unitgen.StructWords(1, 0)) },
		"an integer":           func(b *unitgen.Unit) { b.Add(unitgen.Head(3, btf.KindInt, 0, false, 4, 32)) },
		"a later type":         func(b *unitgen.Unit) { b.Add(unitgen.PtrWords(), 2); b.Add(unitgen.PtrWords(), 0) },
		"too many references":  func(b *unitgen.Unit) { b.Add(unitgen.PtrWords(), 0, 0) },
		"a record of any kind": func(b *unitgen.Unit) { b.Add([]uint32{0, 0, 0}) },
	} {
		b := new(unitgen.Unit)
		build(b)
		if err := view.Prepare(unitOf(b, shapes), new(Prepared)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := g.Add(&Unit{Start: []uint32{0}}); err == nil {
		t.Error("a unit is added after Seal")
	}
}
