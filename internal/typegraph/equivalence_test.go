package typegraph

import (
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestGuards has units for which the merged mode gives another result if it does
// not take care: units that need the raw mode, and, without a guard, units that
// need a check of the order of candidates or a shadow.
func TestGuards(t *testing.T) {
	enum := func(name, value uint32) []uint32 { return head(name, btf.KindEnum, 1, false, 4, 60, value) }
	enumFwd := func(name uint32) []uint32 { return head(name, btf.KindEnum, 0, false, 4) }
	array := func() []uint32 { return head(0, btf.KindArray, 0, false, 0, 8) }
	for _, c := range []struct {
		name  string
		guard Reason
		units func() []*unitBuilder
	}{
		{
			// Unit 2 has two arrays of different elements where unit 1 has one.
			"arrays of different elements", ReasonIdentity, func() []*unitBuilder {
				var a, b unitBuilder
				a.add(intWords(1))
				a.add(structWords(2, 2), 3, 3)
				a.add(array(), 1, 1)
				b.add(intWords(1))
				b.add(structWords(2, 2), 3, 5)
				b.add(array(), 1, 1)
				b.add(intWords(3))
				b.add(array(), 4, 1)
				// In the third unit the arrays of the second one matter.
				var d unitBuilder
				d.add(intWords(1))
				d.add(structWords(4, 1), 3)
				d.add(structWords(2, 2), 4, 4)
				d.add(array(), 1, 1)
				b.add(structWords(4, 1), 2)
				return []*unitBuilder{&a, &b, &d}
			},
		},
		{
			// Unit 3 knows too little of struct 2 to tell the two structs 1 apart.
			// Struct 7 is entry 7, which makes libbpf's table double.
			"two structs fit", ReasonNone, func() []*unitBuilder {
				var a, b, d unitBuilder
				a.add(structWords(1, 1), 2)
				a.add(ptrWords(), 3)
				a.add(structWords(2, 1), 4)
				a.add(intWords(5))
				b.add(structWords(1, 1), 2)
				b.add(ptrWords(), 3)
				b.add(structWords(2, 2), 4, 4)
				b.add(intWords(5))
				d.add(structWords(7, 1), 2)
				d.add(structWords(1, 1), 3)
				d.add(ptrWords(), 4)
				d.add(fwdWords(2))
				return []*unitBuilder{&a, &b, &d}
			},
		},
		{
			// The enum that unit 2 only declares is the one of unit 2, until unit 3
			// has another definition.
			"enum with two definitions", ReasonEnum, func() []*unitBuilder {
				var a, b, d unitBuilder
				a.add(enumFwd(9))
				b.add(structWords(1, 1), 2)
				b.add(ptrWords(), 3)
				b.add(enumFwd(9))
				b.add(enum(9, 1))
				d.add(enum(9, 2))
				return []*unitBuilder{&a, &b, &d}
			},
		},
		{
			// The FWD of unit 4 is bound to version 1 of struct 20, but struct 4 has
			// version 2. What leads to the struct 4 of unit 4 is still not equal to
			// what leads to that of unit 5. A shadow of unit 4 knows.
			"forward bound to another version", ReasonNone, func() []*unitBuilder {
				var units [5]unitBuilder
				u := &units[0]
				u.add(structWords(3, 1), 2)
				u.add(ptrWords(), 3)
				u.add(fwdWords(20))
				u = &units[1]
				u.add(structWords(3, 1), 2)
				u.add(ptrWords(), 3)
				u.add(structWords(20, 1), 4)
				u.add(intWords(5))
				u = &units[2]
				u.add(structWords(4, 1), 2)
				u.add(ptrWords(), 3)
				u.add(structWords(20, 2), 4, 4)
				u.add(intWords(5))
				u = &units[3]
				u.add(structWords(6, 1), 2)
				u.add(ptrWords(), 3)
				u.add(structWords(4, 1), 4)
				u.add(ptrWords(), 5)
				u.add(fwdWords(20))
				u = &units[4]
				u.add(structWords(6, 1), 2)
				u.add(ptrWords(), 3)
				u.add(structWords(4, 1), 4)
				u.add(ptrWords(), 5)
				u.add(structWords(20, 2), 6, 6)
				u.add(intWords(5))
				return []*unitBuilder{&units[0], &units[1], &units[2], &units[3], &units[4]}
			},
		},
		{
			// As before, but the way to struct 6 of unit 4 is a FWD of unit 0.
			"forward bound to a struct of a shadow", ReasonNone, func() []*unitBuilder {
				var units [5]unitBuilder
				u := &units[0]
				u.add(structWords(3, 1), 2)
				u.add(ptrWords(), 3)
				u.add(fwdWords(20))
				u.add(structWords(8, 1), 5)
				u.add(ptrWords(), 6)
				u.add(fwdWords(6))
				u = &units[1]
				u.add(structWords(3, 1), 2)
				u.add(ptrWords(), 3)
				u.add(structWords(20, 1), 4)
				u.add(intWords(5))
				u = &units[2]
				u.add(structWords(4, 1), 2)
				u.add(ptrWords(), 3)
				u.add(structWords(20, 2), 4, 4)
				u.add(intWords(5))
				for i := range 2 {
					u = &units[3+i]
					u.add(structWords(8, 1), 2)
					u.add(ptrWords(), 3)
					u.add(structWords(6, 1), 4)
					u.add(ptrWords(), 5)
					u.add(structWords(4, 1), 6)
					u.add(ptrWords(), 7)
				}
				units[3].add(fwdWords(20))
				u.add(structWords(20, 2), 8, 8)
				u.add(intWords(5))
				return []*unitBuilder{&units[0], &units[1], &units[2], &units[3], &units[4]}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			shapes := NewShapes()
			var units []*Unit
			for _, b := range c.units() {
				units = append(units, b.unit(shapes))
			}
			if guard := compareModes(t, shapes, units, 0); guard != c.guard {
				t.Errorf("guard %v, want %v", guard, c.guard)
			}
			raw, err := run(shapes, options{deferred: true}, units)
			if err != nil {
				t.Fatal(err)
			}
			g := newGraph(shapes, options{})
			g.ignoreGuards = true
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

// TestMoreGuards has input for which the argument of the merged mode does not
// hold, although no wrong result is known.
func TestMoreGuards(t *testing.T) {
	shapes := NewShapes()
	g := newGraph(shapes, options{})
	var b unitBuilder
	b.add(fwdWords(0))
	if err := g.Add(b.unit(shapes)); reasonOf(err) != ReasonAnonFwd {
		t.Errorf("a FWD without a name: %v", err)
	}

	g = newGraph(shapes, options{})
	b = unitBuilder{}
	b.add(intWords(1))
	b.add(ptrWords(), 1)
	if err := g.Add(b.unit(shapes)); err != nil {
		t.Fatal(err)
	}
	ids := []uint32{g.IDs()[1], g.IDs()[2]}
	b = unitBuilder{}
	b.add(structWords(2, 1), uint32(InGraph(ids[0])))
	if err := g.Add(b.unit(shapes)); err != nil {
		t.Errorf("a struct with an earlier INT: %v", err)
	}
	b = unitBuilder{}
	b.add(head(0, btf.KindFuncProto, 0, false, 0), uint32(InGraph(ids[1])))
	if err := g.Add(b.unit(shapes)); err != nil {
		t.Errorf("a prototype with an earlier pointer: %v", err)
	}
	b.add(structWords(2, 1), uint32(InGraph(ids[1])))
	if err := g.Add(b.unit(shapes)); reasonOf(err) != ReasonEarlier {
		t.Errorf("a struct with an earlier pointer: %v", err)
	}
}
