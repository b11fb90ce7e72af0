package typegraph

import (
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// TestReasons has units for which the incremental mode gives another result if it does
// not take care: units that need the deferred mode, and, without a reason, units that
// need a check of the order of candidates or an original.
func TestReasons(t *testing.T) {
	enum := func(name, value uint32) []uint32 { return unitgen.Head(name, btf.KindEnum, 1, false, 4, 60, value) }
	enumFwd := func(name uint32) []uint32 { return unitgen.Head(name, btf.KindEnum, 0, false, 4) }
	array := func() []uint32 { return unitgen.Head(0, btf.KindArray, 0, false, 0, 8) }
	for _, c := range []struct {
		name   string
		reason Reason
		units  func() []*unitgen.Unit
	}{
		{
			// Unit 2 has two arrays of different elements where unit 1 has one.
			"arrays of different elements", ReasonIdentity, func() []*unitgen.Unit {
				var a, b unitgen.Unit
				a.Add(unitgen.IntWords(1))
				a.Add(unitgen.StructWords(2, 2), 3, 3)
				a.Add(array(), 1, 1)
				b.Add(unitgen.IntWords(1))
				b.Add(unitgen.StructWords(2, 2), 3, 5)
				b.Add(array(), 1, 1)
				b.Add(unitgen.IntWords(3))
				b.Add(array(), 4, 1)
				// In the third unit the arrays of the second one matter.
				var d unitgen.Unit
				d.Add(unitgen.IntWords(1))
				d.Add(unitgen.StructWords(4, 1), 3)
				d.Add(unitgen.StructWords(2, 2), 4, 4)
				d.Add(array(), 1, 1)
				b.Add(unitgen.StructWords(4, 1), 2)
				return []*unitgen.Unit{&a, &b, &d}
			},
		},
		{
			// Unit 3 knows too little of struct 2 to tell the two structs 1 apart.
			// Struct 7 is entry 7, which makes libbpf's table double.
			"two structs fit", ReasonNone, func() []*unitgen.Unit {
				var a, b, d unitgen.Unit
				a.Add(unitgen.StructWords(1, 1), 2)
				a.Add(unitgen.PtrWords(), 3)
				a.Add(unitgen.StructWords(2, 1), 4)
				a.Add(unitgen.IntWords(5))
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 3)
				b.Add(unitgen.StructWords(2, 2), 4, 4)
				b.Add(unitgen.IntWords(5))
				d.Add(unitgen.StructWords(7, 1), 2)
				d.Add(unitgen.StructWords(1, 1), 3)
				d.Add(unitgen.PtrWords(), 4)
				d.Add(unitgen.FwdWords(2))
				return []*unitgen.Unit{&a, &b, &d}
			},
		},
		{
			// The enum that unit 2 only declares is the one of unit 2, until unit 3
			// has another definition.
			"enum with two definitions", ReasonEnum, func() []*unitgen.Unit {
				var a, b, d unitgen.Unit
				a.Add(enumFwd(9))
				b.Add(unitgen.StructWords(1, 1), 2)
				b.Add(unitgen.PtrWords(), 3)
				b.Add(enumFwd(9))
				b.Add(enum(9, 1))
				d.Add(enum(9, 2))
				return []*unitgen.Unit{&a, &b, &d}
			},
		},
		{
			// The FWD of unit 4 is bound to version 1 of struct 20, but struct 4 has
			// version 2. What leads to the struct 4 of unit 4 is still not equal to
			// what leads to that of unit 5. An original of unit 4 knows.
			"forward bound to another version", ReasonNone, func() []*unitgen.Unit {
				var units [5]unitgen.Unit
				u := &units[0]
				u.Add(unitgen.StructWords(3, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.FwdWords(20))
				u = &units[1]
				u.Add(unitgen.StructWords(3, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.StructWords(20, 1), 4)
				u.Add(unitgen.IntWords(5))
				u = &units[2]
				u.Add(unitgen.StructWords(4, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.StructWords(20, 2), 4, 4)
				u.Add(unitgen.IntWords(5))
				u = &units[3]
				u.Add(unitgen.StructWords(6, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.StructWords(4, 1), 4)
				u.Add(unitgen.PtrWords(), 5)
				u.Add(unitgen.FwdWords(20))
				u = &units[4]
				u.Add(unitgen.StructWords(6, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.StructWords(4, 1), 4)
				u.Add(unitgen.PtrWords(), 5)
				u.Add(unitgen.StructWords(20, 2), 6, 6)
				u.Add(unitgen.IntWords(5))
				return []*unitgen.Unit{&units[0], &units[1], &units[2], &units[3], &units[4]}
			},
		},
		{
			// As before, but the way to struct 6 of unit 4 is a FWD of unit 0.
			"forward bound to a struct of an original", ReasonNone, func() []*unitgen.Unit {
				var units [5]unitgen.Unit
				u := &units[0]
				u.Add(unitgen.StructWords(3, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.FwdWords(20))
				u.Add(unitgen.StructWords(8, 1), 5)
				u.Add(unitgen.PtrWords(), 6)
				u.Add(unitgen.FwdWords(6))
				u = &units[1]
				u.Add(unitgen.StructWords(3, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.StructWords(20, 1), 4)
				u.Add(unitgen.IntWords(5))
				u = &units[2]
				u.Add(unitgen.StructWords(4, 1), 2)
				u.Add(unitgen.PtrWords(), 3)
				u.Add(unitgen.StructWords(20, 2), 4, 4)
				u.Add(unitgen.IntWords(5))
				for i := range 2 {
					u = &units[3+i]
					u.Add(unitgen.StructWords(8, 1), 2)
					u.Add(unitgen.PtrWords(), 3)
					u.Add(unitgen.StructWords(6, 1), 4)
					u.Add(unitgen.PtrWords(), 5)
					u.Add(unitgen.StructWords(4, 1), 6)
					u.Add(unitgen.PtrWords(), 7)
				}
				units[3].Add(unitgen.FwdWords(20))
				u.Add(unitgen.StructWords(20, 2), 8, 8)
				u.Add(unitgen.IntWords(5))
				return []*unitgen.Unit{&units[0], &units[1], &units[2], &units[3], &units[4]}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			shapes := NewShapes()
			var units []*Unit
			for _, b := range c.units() {
				units = append(units, unitOf(b, shapes))
			}
			if reason := compareModes(t, shapes, units, 0); reason != c.reason {
				t.Errorf("reason %v, want %v", reason, c.reason)
			}
			raw, err := run(shapes, options{deferred: true}, units)
			if err != nil {
				t.Fatal(err)
			}
			g := newGraph(shapes, options{})
			g.ignoreReasons = true
			merged, err := runOn(g, units)
			if err != nil {
				t.Fatal(err)
			}
			if sameResult(merged, raw) == "" {
				t.Errorf("the modes agree: %d types", raw.NumIDs()-1)
			}
		})
	}
}

// TestMoreReasons has input for which the argument of the incremental mode does not
// hold, although no wrong result is known.
func TestMoreReasons(t *testing.T) {
	shapes := NewShapes()
	g := newGraph(shapes, options{})
	var b unitgen.Unit
	b.Add(unitgen.FwdWords(0))
	if err := g.Add(unitOf(b, shapes)); reasonOf(err) != ReasonAnonFwd {
		t.Errorf("a FWD without a name: %v", err)
	}

	g = newGraph(shapes, options{})
	b = unitgen.Unit{}
	b.Add(unitgen.IntWords(1))
	b.Add(unitgen.PtrWords(), 1)
	if err := g.Add(unitOf(b, shapes)); err != nil {
		t.Fatal(err)
	}
	ids := []uint32{g.IDs()[1], g.IDs()[2]}
	b = unitgen.Unit{}
	b.Add(unitgen.StructWords(2, 1), uint32(InGraph(ids[0])))
	if err := g.Add(unitOf(b, shapes)); err != nil {
		t.Errorf("a struct with an earlier INT: %v", err)
	}
	b = unitgen.Unit{}
	b.Add(unitgen.Head(0, btf.KindFuncProto, 0, false, 0), uint32(InGraph(ids[1])))
	if err := g.Add(unitOf(b, shapes)); err != nil {
		t.Errorf("a prototype with an earlier pointer: %v", err)
	}
	b.Add(unitgen.StructWords(2, 1), uint32(InGraph(ids[1])))
	if err := g.Add(unitOf(b, shapes)); reasonOf(err) != ReasonEarlier {
		t.Errorf("a struct with an earlier pointer: %v", err)
	}
}
