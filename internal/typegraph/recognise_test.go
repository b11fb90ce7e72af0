package typegraph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// TestRecogniseRepeats adds a unit twice: the second time nothing is compared.
func TestRecogniseRepeats(t *testing.T) {
	shapes, units := stream(1)
	g := newGraph(shapes, options{})
	if err := g.Add(units[0]); err != nil {
		t.Fatal(err)
	}
	ids, before := slices.Clone(g.IDs()), g.Stats()
	if err := g.Add(units[0]); err != nil {
		t.Fatal(err)
	}
	after := g.Stats()
	if !slices.Equal(g.IDs(), ids) {
		t.Errorf("IDs %v, want %v", g.IDs(), ids)
	}
	if after.Comparisons != before.Comparisons || after.Recognised == before.Recognised {
		t.Errorf("%d comparisons and %d types recognised", after.Comparisons-before.Comparisons, after.Recognised-before.Recognised)
	}
}

// TestRecogniseIsCompare compares graphs that recognise types with graphs that
// compare them all, after each unit.
func TestRecogniseIsCompare(t *testing.T) {
	rounds := unitgen.Rounds(t, 200)
	for i, p := range unitgen.Programs {
		t.Run(p.Name, func(t *testing.T) {
			known := 0
			for seed := range rounds {
				rng := rand.New(rand.NewPCG(uint64(seed), uint64(200+i)))
				prog := unitgen.NewProgram(rng, p.Opts)
				shapes := NewShapes()
				fast, slow := newGraph(shapes, options{expected: 2000 * (seed % 2)}), newGraph(shapes, options{})
				slow.recogniser.off = true
				for n := range 2 + rng.IntN(8) {
					u := unitOf(prog.Unit(), shapes)
					err, slowErr := fast.Add(u), slow.Add(u)
					if reasonOf(err) != ReasonNone {
						break // more reasons may fire, not fewer
					}
					if (err == nil) != (slowErr == nil) {
						t.Fatalf("seed %d, unit %d: %v, without %v", seed, n, err, slowErr)
					}
					if err != nil {
						break
					}
					if !slices.Equal(fast.IDs(), slow.IDs()) || !slices.Equal(fast.nodes, slow.nodes) || !slices.Equal(fast.edges, slow.edges) {
						t.Fatalf("seed %d, unit %d: the graphs differ: IDs %v, want %v", seed, n, fast.IDs(), slow.IDs())
					}
				}
				known += fast.Stats().Recognised
			}
			if known == 0 {
				t.Error("nothing is recognised")
			}
		})
	}
}

// TestRecogniseRules has, for each rule, two units of which the second one is not
// recognised as a whole. want is the number of its types that are.
func TestRecogniseRules(t *testing.T) {
	enum := func(name, value uint32) []uint32 { return unitgen.Head(name, btf.KindEnum, 1, false, 4, 60, value) }
	union := func() []uint32 { return unitgen.Head(0, btf.KindUnion, 1, false, 8, 61, 0) }
	for _, c := range []struct {
		name  string
		units [2]func(b *unitgen.Unit)
		want  int
	}{
		{"equal", [2]func(b *unitgen.Unit){
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 2), 2, 3)
				b.Add(unitgen.PtrWords(), 1)
				b.Add(enum(4, 1))
			},
			func(b *unitgen.Unit) {
				b.Add(enum(4, 1))
				b.Add(unitgen.PtrWords(), 3)
				b.Add(unitgen.StructWords(1, 2), 2, 1)
			},
		}, 2},
		{"void", [2]func(b *unitgen.Unit){
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 0)
			},
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 3)
				b.Add(unitgen.IntWords(5))
			},
		}, 0},
		{"another shape", [2]func(b *unitgen.Unit){
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 3)
				b.Add(unitgen.StructWords(2, 1), 4)
				b.Add(unitgen.IntWords(5))
			},
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 3)
				b.Add(unitgen.StructWords(2, 2), 4, 4)
				b.Add(unitgen.IntWords(5))
			},
		}, 0},
		{"forward declaration", [2]func(b *unitgen.Unit){
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 3)
				b.Add(unitgen.StructWords(2, 1), 4)
				b.Add(unitgen.IntWords(5))
			},
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 3)
				b.Add(unitgen.FwdWords(2))
			},
		}, 0},
		{"copies of one struct", [2]func(b *unitgen.Unit){
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 2), 2, 2)
				b.Add(union(), 3)
				b.Add(unitgen.StructWords(3, 1), 4)
				b.Add(unitgen.IntWords(5))
			},
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 2), 2, 3)
				b.Add(union(), 4)
				b.Add(union(), 4)
				b.Add(unitgen.StructWords(3, 1), 5)
				b.Add(unitgen.IntWords(5))
			},
		}, 4},
		{"copies with copies of a named struct", [2]func(b *unitgen.Unit){
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 2), 2, 2)
				b.Add(union(), 3)
				b.Add(unitgen.StructWords(3, 1), 4)
				b.Add(unitgen.IntWords(5))
			},
			func(b *unitgen.Unit) {
				b.Add(unitgen.StructWords(1, 2), 2, 3)
				b.Add(union(), 4)
				b.Add(union(), 5)
				b.Add(unitgen.StructWords(3, 1), 6)
				b.Add(unitgen.StructWords(3, 1), 6)
				b.Add(unitgen.IntWords(5))
			},
		}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			shapes := NewShapes()
			var units []*Unit
			for _, add := range c.units {
				var b unitgen.Unit
				add(&b)
				units = append(units, unitOf(b, shapes))
			}
			g := newGraph(shapes, options{})
			for _, u := range units {
				if err := g.Add(u); err != nil {
					t.Fatal(err)
				}
			}
			if got := g.Stats().Recognised; got != c.want {
				t.Errorf("%d types recognised, want %d", got, c.want)
			}
			compareModes(t, shapes, units, 0)
		})
	}
}
