package typegraph

import (
	"errors"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// hostile are inputs of about n types that take long if types are compared without
// care, by name. Most of them take the square or the cube of n in libbpf.
var hostile = []struct {
	name string
	make func(n int) []*unitgen.Unit

	// bounded: the outcome may be a *WorkError.
	bounded bool
}{
	{"typedefs of one name in a chain", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		b.Add(unitgen.IntWords(1))
		for i := range n {
			b.Add(unitgen.Head(2, btf.KindTypedef, 0, false, 0), uint32(i+1))
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"typedefs of one name in a chain, the last one first", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		for i := range n {
			b.Add(unitgen.Head(2, btf.KindTypedef, 0, false, 0), uint32(i+2))
		}
		b.Add(unitgen.IntWords(1))
		return []*unitgen.Unit{&b}
	}, false},
	{"structs of two names in turn", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		for i := range uint32(n / 2) {
			b.Add(unitgen.StructWords(2+i%2, 1), 2*i+2)
			b.Add(unitgen.PtrWords(), 2*i+3)
		}
		b.Add(unitgen.IntWords(1))
		return []*unitgen.Unit{&b}
	}, false},
	{"structs of two names in turn, and forwards of both", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		for i := range uint32(n / 2) {
			b.Add(unitgen.StructWords(2+i%2, 1), 2*i+2)
			b.Add(unitgen.PtrWords(), 2*i+3)
		}
		b.Add(unitgen.IntWords(1))
		b.Add(unitgen.FwdWords(2))
		b.Add(unitgen.FwdWords(3))
		return []*unitgen.Unit{&b}
	}, true},
	{"two units that differ in the last struct", func(n int) []*unitgen.Unit {
		return differAtEnd(n, func(i uint32) []uint32 { return unitgen.StructWords(10+i, 1) })
	}, false},
	{"two units that differ in the last typedef", func(n int) []*unitgen.Unit {
		return differAtEnd(n, func(i uint32) []uint32 { return unitgen.Head(10+i, btf.KindTypedef, 0, false, 0) })
	}, false},
	{"two units of one chain of typedefs", func(n int) []*unitgen.Unit {
		units := differAtEnd(n, func(i uint32) []uint32 { return unitgen.Head(10+i, btf.KindTypedef, 0, false, 0) })
		return []*unitgen.Unit{units[0], units[0]}
	}, true},
	{"two units of one chain of structs", func(n int) []*unitgen.Unit {
		units := differAtEnd(n, func(i uint32) []uint32 { return unitgen.StructWords(10+i, 1) })
		return []*unitgen.Unit{units[0], units[0]}
	}, false},
	{"structs of one name with arrays of different elements", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		b.Add(unitgen.IntWords(1))
		for i := range uint32(n / 3) {
			b.Add(unitgen.StructWords(2, 1), 3*i+3)
			b.Add(unitgen.Head(0, btf.KindArray, 0, false, 0, 4), 3*i+4, 1)
			b.Add(unitgen.StructWords(10+i, 1), 1)
		}
		return []*unitgen.Unit{&b}
	}, true},
	{"structs of one name in cycles of different lengths", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		for length := uint32(1); b.Len() < uint32(n); length++ {
			first := b.Len() + 1
			for i := range length {
				next := first + 2*((i+1)%length)
				b.Add(unitgen.StructWords(2, 1), b.Len()+2)
				b.Add(unitgen.PtrWords(), next)
			}
		}
		return []*unitgen.Unit{&b}
	}, true}, // equal but for how they are shared
	{"typedefs of one name in two cycles", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		cycle := func(length uint32) {
			first := b.Len() + 1
			for i := range length {
				b.Add(unitgen.Head(2, btf.KindTypedef, 0, false, 0), first+(i+1)%length)
			}
		}
		cycle(uint32(n / 2))
		cycle(uint32(n/2) - 1)
		b.Add(unitgen.StructWords(3, 2), 1, 1)
		b.Add(unitgen.StructWords(3, 2), 1, uint32(n/2)+1)
		return []*unitgen.Unit{&b}
	}, true},
	{"enums of one name and a forward", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		b.Add(unitgen.Head(2, btf.KindEnum, 0, false, 4))
		for i := range n {
			b.Add(unitgen.Head(2, btf.KindEnum, 1, false, 4, 3, uint32(i)))
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"enums of one name", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		for i := range n {
			b.Add(unitgen.Head(2, btf.KindEnum, 1, false, 4, 3, uint32(i)))
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"forwards of one name", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		for range n {
			b.Add(unitgen.FwdWords(2))
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"structs of one name and different content", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		b.Add(unitgen.IntWords(1))
		b.Add(unitgen.FwdWords(2))
		for i := range uint32(n) {
			b.Add(unitgen.Head(2, btf.KindStruct, 1, false, i, 3, 0), 1)
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"unnamed structs in many typedefs", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		b.Add(unitgen.IntWords(1))
		for i := range uint32(n / 3) {
			b.Add(unitgen.Head(10+i, btf.KindTypedef, 0, false, 0), 3*i+3)
			b.Add(unitgen.StructWords(0, 1), 3*i+4)
			b.Add(unitgen.PtrWords(), 3*i+2)
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"structs that share a tree of copies", func(n int) []*unitgen.Unit {
		// Each struct leads to two copies of the next one.
		var b unitgen.Unit
		b.Add(unitgen.IntWords(1))
		for i := range uint32(n / 3) {
			at := b.Len()
			b.Add(unitgen.StructWords(2, 2), at+2, at+3)
			if int(i) == n/3-1 {
				b.Add(unitgen.PtrWords(), 1)
				b.Add(unitgen.PtrWords(), 1)
				break
			}
			b.Add(unitgen.PtrWords(), at+4)
			b.Add(unitgen.PtrWords(), at+4)
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"pointers to each other's prototypes", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		b.Add(unitgen.IntWords(1))
		for i := range uint32(n / 3) {
			b.Add(unitgen.PtrWords(), 3*i+3)
			b.Add(unitgen.Head(0, btf.KindFuncProto, 1, false, 0, 0), 1, 3*i+4)
			b.Add(unitgen.StructWords(2, 1), min(3*i+5, uint32(n/3*3-1)))
		}
		return []*unitgen.Unit{&b}
	}, false},
	{"tags of one function", func(n int) []*unitgen.Unit {
		var b unitgen.Unit
		b.Add(unitgen.IntWords(1))
		b.Add(unitgen.Head(0, btf.KindFuncProto, 0, false, 0), 1)
		b.Add(unitgen.Head(2, btf.KindFunc, 1, false, 0), 2)
		for i := range uint32(n) {
			b.Add(unitgen.Head(4+i%7, btf.KindDeclTag, 0, false, 0, 1<<32-1), 3)
		}
		return []*unitgen.Unit{&b}
	}, false},
}

// differAtEnd makes two units of a chain of n/2 types each, whose ends differ.
func differAtEnd(n int, words func(i uint32) []uint32) []*unitgen.Unit {
	var units []*unitgen.Unit
	for end := range uint32(2) {
		b := new(unitgen.Unit)
		for i := range uint32(n / 4) {
			b.Add(words(i), b.Len()+2)
			b.Add(unitgen.PtrWords(), b.Len()+2)
		}
		b.Add(unitgen.IntWords(1 + end))
		units = append(units, b)
	}
	return units
}

// TestHostile looks at the work for n, 2n and 4n types: it must not grow faster than
// n log n, or end with an error that comes at a number in proportion to n.
func TestHostile(t *testing.T) {
	setWork(t, workLimit{1 << 12, 16}, workLimit{1 << 12, 16}, workLimit{1 << 14, 256})
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			var work [3]int
			for i := range work {
				n := 1500 << i
				var gaveUp bool
				if work[i], gaveUp = dedupWork(t, c.make(n)); gaveUp && !c.bounded {
					t.Errorf("gave up at %d types, after %d comparisons", n, work[i])
				}
				// One comparison may be under way when the limit is reached.
				if most := 1<<14 + 256*(n+3) + 2*n + 1<<16; work[i] > most {
					t.Errorf("%d types: %d comparisons, more than %d", n, work[i], most)
				}
			}
			// A bit more than log(2n)/log(n) on top of twice as much.
			if !c.bounded && (work[1] > work[0]*5/2+1<<12 || work[2] > work[1]*5/2+1<<12) {
				t.Errorf("%d comparisons", work)
			}
		})
	}
}

// TestHostileIncremental gives the same types to the incremental mode, which must ask for the
// deferred mode before it takes much time, or get through.
func TestHostileIncremental(t *testing.T) {
	merged := workLimit{1 << 12, 16}
	setWork(t, merged, classifyWork, maxWork)
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			const n = 6000
			shapes := NewShapes()
			g := newGraph(shapes, options{})
			for _, u := range c.make(n) {
				if err := g.Add(unitOf(u, shapes)); reasonOf(err) != ReasonNone {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if work, most := g.Stats().Work, merged.of(n)+2*n+4*maxIdentWork; work > most {
				t.Errorf("%d comparisons, more than %d", work, most)
			}
		})
	}
}

// dedupWork returns the work for units, and whether it was given up.
func dedupWork(t testing.TB, units []*unitgen.Unit) (int, bool) {
	t.Helper()
	_, stats, err := mergeTypes(t, unitgen.Types(t, nil, nil, units))
	if errors.As(err, new(*WorkError)) {
		return stats.Work, true
	}
	if err != nil {
		t.Fatal(err)
	}
	return stats.Work, false
}
