package typegraph

import (
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/internal/unitgen"
)

// stream makes units of one program, with some 50 types each.
func stream(n int) (*Shapes, []*Unit) {
	rng := rand.New(rand.NewPCG(1, 17))
	prog := unitgen.NewProgram(rng, unitgen.ProgramOptions{Structs: 150, Full: 0.8, Dups: 0.01})
	shapes := NewShapes()
	var units []*Unit
	for range n {
		units = append(units, unitOf(prog.Unit(), shapes))
	}
	return shapes, units
}

// TestNoAllocations adds units that bring nothing new.
func TestNoAllocations(t *testing.T) {
	shapes, units := stream(20)
	g := newGraph(shapes, options{})
	add := func() {
		for _, u := range units {
			if err := g.Add(u); err != nil {
				t.Fatal(err)
			}
		}
	}
	add()
	add()
	if n := testing.AllocsPerRun(5, add); n > 1 {
		t.Errorf("%v allocations for %d units", n, len(units))
	}
}

func BenchmarkGraph(b *testing.B) {
	shapes, units := stream(200)
	types := 0
	for _, u := range units {
		types += len(u.Shapes)
	}
	for _, mode := range []struct {
		name string
		raw  bool
	}{{"merged", false}, {"raw", true}} {
		b.Run(mode.name, func(b *testing.B) {
			b.ReportAllocs()
			var g *graph
			for b.Loop() {
				g = newGraph(shapes, options{deferred: mode.raw})
				if _, err := runOn(g, units); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(types), "ns/type")
			b.ReportMetric(float64(g.Stats().Steps)/float64(types), "steps/type")
		})
	}
}

func BenchmarkIntern(b *testing.B) {
	shapes, units := stream(50)
	var words [][]uint32
	for _, u := range units {
		for _, sh := range u.Shapes {
			words = append(words, shapes.Words(sh))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, w := range words {
			shapes.Intern(w)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(words)), "ns/shape")
}
