package explain_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/inspect/explain"
)

func TestFunction(t *testing.T) {
	instances := []trace.Instance{
		{Number: 0, Name: "f", Prototype: "int (int a)", Place: trace.Place{Unit: "a.c", File: "a.h", Line: 3}, Symbol: "f.isra.0",
			Params: []trace.Param{{Name: "a", Found: "%rsi", Expected: "%rdi", Unexpected: true}, {Name: "b", Found: "nowhere", Optimized: true}}},
		{Number: 1, Name: "f", Prototype: "int (long int a)", Place: trace.Place{Unit: "b.c"}},
	}
	for _, tc := range []struct {
		f    trace.Function
		want []string
	}{
		{trace.Function{}, []string{""}},
		{trace.Function{Reason: trace.UnexpectedRegister}, []string{"parameter 1 (a)", "in %rsi, and not in %rdi", "f.isra.0"}},
		{trace.Function{Reason: trace.OptimizedParams}, []string{"parameter 2 (b) is not passed"}},
		{trace.Function{Reason: trace.InconsistentPrototype, Differ: []trace.Differ{{A: 0, B: 1, Words: "w"}}},
			[]string{"int (int a) in a.h:3, int (long int a) in b.c"}},
		{trace.Function{Reason: trace.InconsistentPrototype, Differ: []trace.Differ{{A: 8, B: 9, Words: "w"}}}, []string{": w"}},
		{trace.Function{Reason: trace.AmbiguousAddress, Symbols: []trace.Symbol{{Name: "f", Address: 16}, {Name: "f", Address: 32}}}, []string{"f at 0x10, f at 0x20"}},
		{trace.Function{Reason: trace.ReorderedParams}, []string{"another order"}},
		{trace.Function{Reason: trace.UncertainLocation}, []string{"packed struct"}},
		{trace.Function{Reason: trace.AmbiguousAddress, Symbols: []trace.Symbol{{Name: "f", Section: ".text"}, {Name: "f", Section: ".init.text", Address: 16}}},
			[]string{"f at .text+0x0, f at .init.text+0x10"}},
	} {
		got := explain.Function(&tc.f, instances)
		for _, part := range tc.want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q, want %q in it", tc.f.Reason, got, part)
			}
		}
		if (explain.Cure(tc.f.Reason) == "") != (tc.f.Reason == "") {
			t.Errorf("%s: cure %q", tc.f.Reason, explain.Cure(tc.f.Reason))
		}
	}
}

// TestBetween: the shortest way from two types of a name to where they differ, also through cycles.
func TestBetween(t *testing.T) {
	b := btf.NewBuilder(binary.LittleEndian, nil)
	integer := b.AddInt("int", 4, btf.EncodingSigned)
	inner1 := b.AddStruct("inner", 4, btf.Member{Name: "x", Type: integer})
	inner2 := b.AddStruct("inner", 8, btf.Member{Name: "x", Type: integer, Offset: 32})
	var outer [2]btf.ID
	for i, inner := range []btf.ID{inner1, inner2} {
		ptr := b.AddPtr(inner)
		self := b.AddPtr(ptr + 2)
		outer[i] = b.AddStruct("outer", 16, btf.Member{Name: "next", Type: self}, btf.Member{Name: "in", Type: ptr, Offset: 64})
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	d := explain.Between(types, outer[0], outer[1])
	if d == nil || d.A != inner1 || d.B != inner2 || d.Text("outer") != "outer.in→" || d.Named(types, "outer") != "inner" ||
		d.Why != "member x is at bit 0 in one and at bit 32 in the other one" {
		t.Fatalf("%+v", d)
	}
	if d := explain.Between(types, outer[0], outer[0]); d != nil {
		t.Errorf("a type differs from itself: %+v", d)
	}
	def := trace.Definition{Name: "inner", Size: 8, Members: []trace.Member{{Name: "x", Word: 32}}}
	if !explain.Defines(&def, types, inner2) || explain.Defines(&def, types, inner1) {
		t.Error("the definition is not that of the type with its members")
	}
}

// TestReordered names the first parameter that has another number than in the source.
func TestReordered(t *testing.T) {
	params := func(names ...string) (all []trace.Param) {
		for _, name := range names {
			all = append(all, trace.Param{Name: name})
		}
		return all
	}
	f := trace.Function{Reason: trace.ReorderedParams}
	instances := []trace.Instance{{Params: params("a", "b", "c")}, {Params: params("a", "c", "b"), Reordered: true, Symbol: "f.isra.0"}}
	if got := explain.Function(&f, instances); !strings.HasSuffix(got, ": parameter 2 (b) is number 3 of f.isra.0") {
		t.Error(got)
	}
	if got := explain.Function(&f, instances[1:]); strings.Contains(got, "number") {
		t.Error(got)
	}
}

// TestDefinesByType: of definitions that look the same, the names of the types of members tell which one a type is of.
func TestDefinesByType(t *testing.T) {
	b := btf.NewBuilder(binary.LittleEndian, nil)
	integer := b.AddInt("int", 4, btf.EncodingSigned)
	one, other := b.AddTypedef("one", integer), b.AddTypedef("other", integer)
	var types [3]btf.ID
	for i, m := range []btf.ID{b.AddPtr(one), b.AddPtr(other), integer} {
		types[i] = b.AddStruct("s", 8, btf.Member{Name: "m", Type: m})
	}
	all, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	def := trace.Definition{Name: "s", Size: 8, Members: []trace.Member{{Name: "m", Type: "one"}}}
	for i, want := range []bool{true, false, true} { // of a base type the name is not known
		if got := explain.Defines(&def, all, types[i]); got != want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

func TestNear(t *testing.T) {
	for _, tc := range []struct {
		name string
		want []string
	}{
		{"vfs_fsyc", []string{"vfs_fsync"}},
		{"vfs_fsync_ranges", []string{"vfs_fsync_range"}},
		{"nothing_like_it", nil},
		{"x", nil},
	} {
		n := explain.NewNear(tc.name)
		for _, name := range []string{"vfs_fsync", "vfs_fsync_range", "vfs_read", "", "y", "vfs_fsync"} {
			n.Add(name)
		}
		if got := n.Names(); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
