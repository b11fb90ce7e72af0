package typegraph

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// hostile are inputs of about n types that take long if types are compared without
// care, by name. Most of them take the square or the cube of n in libbpf.
var hostile = []struct {
	name string
	make func(n int) []*unitBuilder

	// bounded: the outcome may be a *WorkError.
	bounded bool
}{
	{"typedefs of one name in a chain", func(n int) []*unitBuilder {
		var b unitBuilder
		b.add(intWords(1))
		for i := range n {
			b.add(head(2, btf.KindTypedef, 0, false, 0), uint32(i+1))
		}
		return []*unitBuilder{&b}
	}, false},
	{"typedefs of one name in a chain, the last one first", func(n int) []*unitBuilder {
		var b unitBuilder
		for i := range n {
			b.add(head(2, btf.KindTypedef, 0, false, 0), uint32(i+2))
		}
		b.add(intWords(1))
		return []*unitBuilder{&b}
	}, false},
	{"structs of two names in turn", func(n int) []*unitBuilder {
		var b unitBuilder
		for i := range uint32(n / 2) {
			b.add(structWords(2+i%2, 1), 2*i+2)
			b.add(ptrWords(), 2*i+3)
		}
		b.add(intWords(1))
		return []*unitBuilder{&b}
	}, false},
	{"structs of two names in turn, and forwards of both", func(n int) []*unitBuilder {
		var b unitBuilder
		for i := range uint32(n / 2) {
			b.add(structWords(2+i%2, 1), 2*i+2)
			b.add(ptrWords(), 2*i+3)
		}
		b.add(intWords(1))
		b.add(fwdWords(2))
		b.add(fwdWords(3))
		return []*unitBuilder{&b}
	}, true},
	{"two units that differ in the last struct", func(n int) []*unitBuilder {
		return differAtEnd(n, func(i uint32) []uint32 { return structWords(10+i, 1) })
	}, false},
	{"two units that differ in the last typedef", func(n int) []*unitBuilder {
		return differAtEnd(n, func(i uint32) []uint32 { return head(10+i, btf.KindTypedef, 0, false, 0) })
	}, false},
	{"two units of one chain of typedefs", func(n int) []*unitBuilder {
		units := differAtEnd(n, func(i uint32) []uint32 { return head(10+i, btf.KindTypedef, 0, false, 0) })
		return []*unitBuilder{units[0], units[0]}
	}, true},
	{"two units of one chain of structs", func(n int) []*unitBuilder {
		units := differAtEnd(n, func(i uint32) []uint32 { return structWords(10+i, 1) })
		return []*unitBuilder{units[0], units[0]}
	}, false},
	{"structs of one name with arrays of different elements", func(n int) []*unitBuilder {
		var b unitBuilder
		b.add(intWords(1))
		for i := range uint32(n / 3) {
			b.add(structWords(2, 1), 3*i+3)
			b.add(head(0, btf.KindArray, 0, false, 0, 4), 3*i+4, 1)
			b.add(structWords(10+i, 1), 1)
		}
		return []*unitBuilder{&b}
	}, true},
	{"structs of one name in cycles of different lengths", func(n int) []*unitBuilder {
		var b unitBuilder
		for length := uint32(1); b.len() < uint32(n); length++ {
			first := b.len() + 1
			for i := range length {
				next := first + 2*((i+1)%length)
				b.add(structWords(2, 1), b.len()+2)
				b.add(ptrWords(), next)
			}
		}
		return []*unitBuilder{&b}
	}, true}, // equal but for how they are shared
	{"typedefs of one name in two cycles", func(n int) []*unitBuilder {
		var b unitBuilder
		cycle := func(length uint32) {
			first := b.len() + 1
			for i := range length {
				b.add(head(2, btf.KindTypedef, 0, false, 0), first+(i+1)%length)
			}
		}
		cycle(uint32(n / 2))
		cycle(uint32(n/2) - 1)
		b.add(structWords(3, 2), 1, 1)
		b.add(structWords(3, 2), 1, uint32(n/2)+1)
		return []*unitBuilder{&b}
	}, true},
	{"enums of one name and a forward", func(n int) []*unitBuilder {
		var b unitBuilder
		b.add(head(2, btf.KindEnum, 0, false, 4))
		for i := range n {
			b.add(head(2, btf.KindEnum, 1, false, 4, 3, uint32(i)))
		}
		return []*unitBuilder{&b}
	}, false},
	{"enums of one name", func(n int) []*unitBuilder {
		var b unitBuilder
		for i := range n {
			b.add(head(2, btf.KindEnum, 1, false, 4, 3, uint32(i)))
		}
		return []*unitBuilder{&b}
	}, false},
	{"forwards of one name", func(n int) []*unitBuilder {
		var b unitBuilder
		for range n {
			b.add(fwdWords(2))
		}
		return []*unitBuilder{&b}
	}, false},
	{"structs of one name and different content", func(n int) []*unitBuilder {
		var b unitBuilder
		b.add(intWords(1))
		b.add(fwdWords(2))
		for i := range uint32(n) {
			b.add(head(2, btf.KindStruct, 1, false, i, 3, 0), 1)
		}
		return []*unitBuilder{&b}
	}, false},
	{"unnamed structs in many typedefs", func(n int) []*unitBuilder {
		var b unitBuilder
		b.add(intWords(1))
		for i := range uint32(n / 3) {
			b.add(head(10+i, btf.KindTypedef, 0, false, 0), 3*i+3)
			b.add(structWords(0, 1), 3*i+4)
			b.add(ptrWords(), 3*i+2)
		}
		return []*unitBuilder{&b}
	}, false},
	{"structs that share a tree of copies", func(n int) []*unitBuilder {
		// Each struct leads to two copies of the next one.
		var b unitBuilder
		b.add(intWords(1))
		for i := range uint32(n / 3) {
			at := b.len()
			b.add(structWords(2, 2), at+2, at+3)
			if int(i) == n/3-1 {
				b.add(ptrWords(), 1)
				b.add(ptrWords(), 1)
				break
			}
			b.add(ptrWords(), at+4)
			b.add(ptrWords(), at+4)
		}
		return []*unitBuilder{&b}
	}, false},
	{"pointers to each other's prototypes", func(n int) []*unitBuilder {
		var b unitBuilder
		b.add(intWords(1))
		for i := range uint32(n / 3) {
			b.add(ptrWords(), 3*i+3)
			b.add(head(0, btf.KindFuncProto, 1, false, 0, 0), 1, 3*i+4)
			b.add(structWords(2, 1), min(3*i+5, uint32(n/3*3-1)))
		}
		return []*unitBuilder{&b}
	}, false},
	{"tags of one function", func(n int) []*unitBuilder {
		var b unitBuilder
		b.add(intWords(1))
		b.add(head(0, btf.KindFuncProto, 0, false, 0), 1)
		b.add(head(2, btf.KindFunc, 1, false, 0), 2)
		for i := range uint32(n) {
			b.add(head(4+i%7, btf.KindDeclTag, 0, false, 0, 1<<32-1), 3)
		}
		return []*unitBuilder{&b}
	}, false},
}

// differAtEnd makes two units of a chain of n/2 types each, whose ends differ.
func differAtEnd(n int, words func(i uint32) []uint32) []*unitBuilder {
	var units []*unitBuilder
	for end := range uint32(2) {
		b := new(unitBuilder)
		for i := range uint32(n / 4) {
			b.add(words(i), b.len()+2)
			b.add(ptrWords(), b.len()+2)
		}
		b.add(intWords(1 + end))
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

// TestHostileMerged gives the same types to the merged mode, which must ask for the
// raw mode before it takes much time, or get through.
func TestHostileMerged(t *testing.T) {
	merged := workLimit{1 << 12, 16}
	setWork(t, merged, classifyWork, maxWork)
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			const n = 6000
			shapes := NewShapes()
			g := newGraph(shapes, options{})
			for _, u := range c.make(n) {
				if err := g.Add(u.unit(shapes)); reasonOf(err) != ReasonNone {
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

// TestWorkError looks at what the error says.
func TestWorkError(t *testing.T) {
	setWork(t, workLimit{1 << 12, 16}, workLimit{1 << 12, 16}, workLimit{1 << 14, 16})
	for _, c := range hostile {
		if c.name != "structs of one name with arrays of different elements" {
			continue
		}
		_, err := Dedup(context.Background(), makeTypes(t, nil, nil, c.make(3000)), Options{})
		want := `"n2": type `
		if work := (*WorkError)(nil); !errors.As(err, &work) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want a WorkError with %q", err, want)
		}
	}
}

// dedupWork returns the work for units, and whether it was given up.
func dedupWork(t testing.TB, units []*unitBuilder) (int, bool) {
	t.Helper()
	_, stats, err := dedupStats(context.Background(), makeTypes(t, nil, nil, units), Options{})
	if errors.As(err, new(*WorkError)) {
		return stats.Work, true
	}
	if err != nil {
		t.Fatal(err)
	}
	return stats.Work, false
}
