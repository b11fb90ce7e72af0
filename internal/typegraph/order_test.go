package typegraph

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// ambiguousUnits makes units with structs that differ only behind a FWD, which
// some units do not resolve, and with so many other types that libbpf's table
// doubles in between.
func ambiguousUnits(rng *rand.Rand) []*unitgen.Unit {
	const families = 3
	versions := 2 + rng.IntN(3)
	fillers := rng.IntN(12)
	full := 0.2 + 0.7*rng.Float64()
	var units []*unitgen.Unit
	next := uint32(2000)
	for range 3 + rng.IntN(12) {
		b := new(unitgen.Unit)
		num := b.Add(unitgen.IntWords(1))
		for range rng.IntN(fillers + 1) {
			next++
			if rng.IntN(2) == 0 {
				b.Add(unitgen.IntWords(next))
			} else {
				b.Add(unitgen.StructWords(next, 1), num)
			}
		}
		var holders []uint32
		var inner [families]uint32
		for i := range families {
			if rng.IntN(4) == 0 {
				continue
			}
			// Struct 10+i points to a version of struct 20+i, directly or by way of
			// a holder.
			if rng.Float64() < full {
				v := 1 + rng.IntN(versions)
				refs := make([]uint32, v)
				for j := range refs {
					refs[j] = num
				}
				if len(holders) > 0 && rng.IntN(3) == 0 {
					refs[0] = holders[rng.IntN(len(holders))]
				}
				inner[i] = b.Add(unitgen.StructWords(uint32(20+i), v), refs...)
			} else {
				inner[i] = b.Add(unitgen.FwdWords(uint32(20 + i)))
			}
			holder := b.Add(unitgen.StructWords(uint32(10+i), 1), b.Len()+2)
			b.Add(unitgen.PtrWords(), inner[i])
			holders = append(holders, holder)
			switch rng.IntN(4) {
			case 0:
				holders = append(holders, b.Add(unitgen.StructWords(uint32(30+i), 1), holder))
			case 1:
				n := b.Add(unitgen.StructWords(uint32(40+i), 2), b.Len()+2, num)
				b.Add(unitgen.PtrWords(), holder)
				holders = append(holders, n)
			case 2:
				holders = append(holders, b.Add(unitgen.Head(uint32(50+i), btf.KindTypedef, 0, false, 0), holder))
			}
		}
		if len(holders) > 0 && rng.IntN(2) == 0 {
			x, y := holders[rng.IntN(len(holders))], holders[rng.IntN(len(holders))]
			b.Add(unitgen.StructWords(60, 2), x, y)
		}
		if rng.IntN(3) == 0 {
			for i := b.Len(); i > 1; i-- {
				b.Swap(i, 1+uint32(rng.IntN(int(i))))
			}
		}
		units = append(units, b)
	}
	return units
}

// TestAmbiguous compares the modes where candidates are often ambiguous.
func TestAmbiguous(t *testing.T) {
	var fired [numReasons]int
	var asked, ambiguous, kept int
	for seed := range unitgen.Rounds(t, 2000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 23))
		shapes := NewShapes()
		var units []*Unit
		for _, b := range ambiguousUnits(rng) {
			units = append(units, unitOf(b, shapes))
		}
		fired[compareModes(t, shapes, units, seed)]++
		g := newGraph(shapes, options{})
		if _, err := runOn(g, units); errors.As(err, new(*NeedCountError)) {
			asked++
		}
		if g.stats.Ambiguous > 0 {
			ambiguous++
		}
		if g.originals != nil {
			kept++
		}
	}
	t.Logf("reasons: %v; %d ambiguous, %d asked for the count, %d kept units", fired, ambiguous, asked, kept)
	if asked == 0 || kept == 0 {
		t.Error("the input does not test what it should")
	}
}

// TestReliance compares what an order remembers with a list of everything.
func TestReliance(t *testing.T) {
	type fact struct {
		since, now uint32
		odd        bool
	}
	kinds := map[bool]int{}
	for seed := range uint64(unitgen.Rounds(t, 300)) {
		rng := rand.New(rand.NewPCG(seed, 29))
		var o order
		var all []fact
		guess := uint64(rng.IntN(60))
		for id := range uint32(20 + rng.IntN(200)) {
			o.inserted = append(o.inserted, id)
			for range rng.IntN(3) {
				x, y := uint32(rng.IntN(len(o.inserted))), uint32(rng.IntN(len(o.inserted)))
				if x == y {
					continue
				}
				later, older := max(x, y), min(x, y)
				now := uint32(len(o.inserted))
				odd := (doublings(guess+uint64(now))-doublings(guess+uint64(later)+1))&1 != 0
				if rng.IntN(1000) == 0 && now > later+1 {
					odd = !odd
				}
				all = append(all, fact{later + 1, now, odd})
				if odd {
					later, older = older, later
				}
				o.firstTried(later, older, nil)
			}
		}
		for p := range uint64(80) {
			want := true
			for _, f := range all {
				if (doublings(p+uint64(f.now))-doublings(p+uint64(f.since)))&1 != 0 != f.odd {
					want = false
				}
			}
			if got := o.holds(p); got != want {
				t.Fatalf("seed %d: with %d primitive types: %v, want %v", seed, p, got, want)
			}
			kinds[want]++
		}
	}
	if kinds[true] == 0 || kinds[false] == 0 {
		t.Errorf("always the same answer: %v", kinds)
	}
}

// TestDoublings has the entries before which libbpf's table doubles (libbpf:
// hashmap_needs_to_grow).
func TestDoublings(t *testing.T) {
	want := uint32(0)
	for n := range uint64(100) {
		switch n {
		case 1, 4, 7, 13, 25, 49, 97:
			want++
		}
		if got := doublings(n); got != want {
			t.Errorf("%d entries: %d doublings, want %d", n, got, want)
		}
	}
}
