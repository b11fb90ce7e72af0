package typegraph

import (
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// TestOpenEnums has units with enums that are declared forward and have several definitions.
// Over a base they are merged one by one with the result of the deferred mode, or there is a
// ReasonEnum, without which the result would be another one.
func TestOpenEnums(t *testing.T) {
	const name = 9
	def := func(value uint32) []uint32 { return unitgen.Head(name, btf.KindEnum, 1, false, 4, 60, value) }
	fwd := unitgen.Head(name, btf.KindEnum, 0, false, 4)
	wide := unitgen.Head(name, btf.KindEnum64, 1, false, 8, 60, 3, 0)
	// member is a struct with a pointer to the type that follows.
	member := func(s uint32, enum []uint32) *unitgen.Unit {
		u := new(unitgen.Unit)
		u.Add(unitgen.StructWords(s, 1), 2)
		u.Add(unitgen.PtrWords(), 3)
		u.Add(enum)
		return u
	}
	// outer is a struct 20 around one of member.
	outer := func(enum []uint32) *unitgen.Unit {
		u := new(unitgen.Unit)
		u.Add(unitgen.StructWords(20, 1), 2)
		u.Add(unitgen.StructWords(1, 1), 3)
		u.Add(unitgen.PtrWords(), 4)
		u.Add(enum)
		return u
	}
	two := func(a, b []uint32) *unitgen.Unit {
		u := new(unitgen.Unit)
		if b == nil {
			u.Add(unitgen.StructWords(2, 2), 2, 2)
			u.Add(a)
			return u
		}
		u.Add(unitgen.StructWords(2, 2), 2, 3)
		u.Add(a)
		u.Add(b)
		return u
	}
	for _, c := range []struct {
		name   string
		reason Reason
		units  []*unitgen.Unit
	}{
		{"definitions in units of their own", ReasonNone, []*unitgen.Unit{
			member(1, fwd), member(1, def(1)), member(1, fwd), member(1, def(2)), member(1, fwd), member(1, def(3)),
		}},
		{"declarations of either definition", ReasonNone, []*unitgen.Unit{
			member(1, def(1)), member(2, fwd), member(3, def(2)), member(4, fwd), member(1, def(2)), member(2, fwd),
		}},
		{"definitions that are never declared forward", ReasonNone, []*unitgen.Unit{
			member(1, def(1)), member(1, def(2)), member(1, def(1)),
		}},
		{
			// The struct 20 of unit 2 leads to definition 1, that of unit 3 to another one.
			"a struct of a unit that had one definition meets another", ReasonEnum, []*unitgen.Unit{
				member(1, fwd), outer(def(1)), outer(def(2)),
			},
		},
		{"a struct of such a unit meets its definition", ReasonNone, []*unitgen.Unit{
			member(1, fwd), outer(def(1)), member(3, def(2)), outer(def(1)), outer(fwd),
		}},
		{"two definitions in a unit", ReasonEnum, []*unitgen.Unit{
			two(fwd, nil), two(def(1), def(2)), member(1, def(3)),
		}},
		{"definitions of 32 and 64 bits", ReasonEnum, []*unitgen.Unit{
			member(2, def(1)), member(1, fwd), member(1, wide),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shapes := NewShapes()
			first := new(unitgen.Unit)
			first.Add(unitgen.IntWords(30))
			opts := options{deferred: true, base: baseOf(t, shapes, unitOf(first, shapes))}
			shapes = newShapesOver(opts.base)
			var units []*Unit
			for _, u := range c.units {
				units = append(units, unitOf(u, shapes))
			}
			want, err := run(shapes, opts, units)
			if err != nil {
				t.Fatal(err)
			}
			g := newGraph(shapes, opts)
			merge := func() (string, error) {
				g.reset()
				g.mergeByUnit(0)
				got, err := runOn(g, units)
				if err != nil {
					return "", err
				}
				return sameResult(got, want), nil
			}
			diff, err := merge()
			switch reason := reasonOf(err); {
			case reason != c.reason:
				t.Fatalf("%v, want the reason %v", err, c.reason)
			case reason == ReasonNone && diff != "":
				t.Fatal(diff)
			case reason != ReasonNone:
				g.ignoreReasons = true
				if diff, err := merge(); err != nil || diff == "" {
					t.Errorf("the modes agree (%v)", err)
				}
			}
		})
	}
}
