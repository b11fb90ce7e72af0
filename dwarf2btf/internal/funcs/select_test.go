package funcs

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
)

// A scenario is a symbol table and the states saved for it.
type scenario struct {
	g     *testGraph
	saved Saved
	table *symtab.Table
}

func newScenario(t testing.TB, symbols string) *scenario {
	t.Helper()
	b := symtab.NewBuilder([]byte(symbols), 0, nil)
	off := 0
	for _, s := range strings.Fields(symbols) {
		off += strings.Index(symbols[off:], s)
		name, hex, _ := strings.Cut(s, "@")
		var addr uint64
		if _, err := fmt.Sscanf(hex, "%x", &addr); err != nil {
			t.Fatal(err)
		}
		if err := b.Add(uint32(off), uint32(len(name)), addr, byte(elf.STT_FUNC), 1); err != nil {
			t.Fatal(err)
		}
	}
	return &scenario{g: newGraph(), table: b.Build()}
}

// state saves an instance. What follows from the symbol table is filled in.
// params are "name", each with the type beside it.
func (sc *scenario) state(t testing.TB, name string, addr uint64, flags Flags, opts Options, params ...Param) {
	t.Helper()
	e, ok := sc.table.Find([]byte(name))
	if !ok {
		t.Fatalf("no symbol %q", name)
	}
	st := State{Entry: e, Addr: addr, Sym: -1, Flags: flags}
	if opts.TrueSignature {
		st.Sym = sc.table.SymAt(e, addr)
	}
	if sc.table.OptimizedAt(e, addr) {
		st.Flags |= OptimizedSymbol
	}
	sc.saved.Add(st, params, nil)
}

// run spells what Select does, one line each: "name: reason", "+name state",
// and "*" after the name if kfunc tags are not to be added.
func (sc *scenario) run(opts Options) string {
	var lines []string
	emits := selectAll(&sc.saved, []*symtab.Table{sc.table}, sc.g, opts, func(s *Skip) {
		lines = append(lines, string(s.Func)+": "+s.Text(sc.g.nameOf))
	})
	for _, e := range emits {
		star := ""
		if !e.Plain {
			star = "*"
		}
		lines = append(lines, fmt.Sprintf("+%s%s %d", e.Name, star, e.State))
	}
	return strings.Join(lines, "\n")
}

var (
	defaults = Options{ConsistentFunc: true}
	trueSig  = Options{ConsistentFunc: true, TrueSignature: true}
)

// The cases are the situations of small C programs and what pahole 1.32 makes
// of them.
func TestSelect(t *testing.T) {
	type st struct {
		name  string
		addr  uint64
		flags Flags
		// parameter types by letter: i int, l long; the names are the letters
		params string
	}
	for _, tc := range []struct {
		name    string
		symbols string
		opts    Options
		states  []st
		want    []string
	}{
		{"no function", "", defaults, nil, nil},
		{"functions are sorted by name, not by address", "zz@1 aa@2", defaults,
			[]st{{"zz", 1, 0, ""}, {"aa", 2, 0, "i"}}, []string{"+aa 1", "+zz 0"}},
		{"same-name statics are ambiguous, the last name of all is not",
			"mmm@50 zzz@50 mmm@20 zzz@20 usea@40 main@0", defaults,
			[]st{{"mmm", 0x50, 0, "i"}, {"zzz", 0x50, 0, "i"}, {"usea", 0x40, 0, "i"}, {"mmm", 0x20, 0, "i"}, {"zzz", 0x20, 0, "i"}},
			[]string{"mmm: ambiguous address", "+usea 2", "+zzz 1"}},
		{"an inline function with two prototypes", "inl@30 z@1", defaults,
			[]st{{"inl", 0x30, 0, "ii"}, {"inl", 0, 0, "il"}},
			[]string{"inl: param type mismatch for param#2 i != l", "inl: inconsistet prototype"}},
		{"is encoded without consistent_func", "inl@30 z@1", Options{},
			[]st{{"inl", 0, 0, "il"}, {"inl", 0x30, 0, "ii"}},
			[]string{"inl: param type mismatch for param#2 i != l", "+inl 1"}},
		{"true signatures: an address and none need not agree", "inl@30 z@1", trueSig,
			[]st{{"inl", 0x30, 0, "ii"}, {"inl", 0, 0, "il"}}, []string{"+inl 0"}},
		{"true signatures: two addresses have to", "inl@30 inl@30 z@1", trueSig,
			[]st{{"inl", 0x30, 0, "ii"}, {"inl", 0, 0, "il"}, {"inl", 0x30, 0, "i"}},
			[]string{"inl: param count mismatch; 2 params != 1 params", "inl: inconsistet prototype"}},
		{"the instance with an address comes first in the comparison", "f@1 z@1", Options{},
			[]st{{"f", 0, 0, "l"}, {"f", 1, 0, "i"}},
			[]string{"f: param type mismatch for param#1 i != l", "+f 1"}},
		{"after a difference the rest is not compared", "f@1 z@1", defaults,
			[]st{{"f", 1, 0, "i"}, {"f", 0, 0, "ii"}, {"f", 0, 0, "l"}},
			[]string{"f: param count mismatch; 1 params != 2 params", "f: inconsistet prototype"}},
		{"nor after unexpected registers", "f@1 z@1", defaults,
			[]st{{"f", 1, Unexpected, "i"}, {"f", 0, 0, "ii"}}, []string{"f: unexpected register usage for parameter"}},
		{"nor after reordered parameters", "f@1 z@1", defaults,
			[]st{{"f", 1, Reordered, "i"}, {"f", 0, 0, "ii"}}, []string{"f: reordered parameters"}},
		{"uncertain locations are compared", "f@1 z@1", defaults,
			[]st{{"f", 1, Uncertain, "i"}, {"f", 0, 0, "ii"}},
			[]string{"f: param count mismatch; 1 params != 2 params", "f: uncertain parameter location"}},
		{"optimized parameters alone do not matter", "f@1 z@1", defaults, []st{{"f", 1, OptimizedParms, "i"}}, []string{"+f 0"}},
		{"a constprop function with optimized parameters", "cprop.constprop.0@60 main@0", defaults,
			[]st{{"cprop", 0x60, OptimizedParms, "ii"}, {"cprop", 0, OptimizedParms, "ii"}}, []string{"cprop: optimized parameters"}},
		{"the same in a relocatable file: addresses do not agree", "cprop.constprop.0@60 main@0", defaults,
			[]st{{"cprop", 0x10060, OptimizedParms, "ii"}, {"cprop", 0, OptimizedParms, "ii"}}, []string{"+cprop 0"}},
		{"the same with a cold part: no address", "cprop.constprop.0@60 main@0", defaults,
			[]st{{"cprop", 0, OptimizedParms, "ii"}}, []string{"+cprop 0"}},
		{"an isra function with reordered parameters", "isra1.isra.0@80 main@0", defaults,
			[]st{{"isra1", 0x80, OptimizedParms | Reordered, "i"}, {"isra1", 0, OptimizedParms, "iii"}}, []string{"isra1: optimized parameters"}},
		{"true signature of a constprop function", "cprop.constprop.0@60 main@0", trueSig,
			[]st{{"cprop", 0x60, OptimizedParms, "ii"}, {"cprop", 0, OptimizedParms, "ii"}}, []string{"+cprop.constprop.0* 0"}},
		{"true signature: reordered, inconsistent and ambiguous do not matter", "f.isra.0@60 f@70 main@0", trueSig,
			[]st{{"f", 0x60, Reordered | Inconsistent, "ii"}, {"f", 0, 0, "i"}}, []string{"+f.isra.0* 0"}},
		{"true signature: unexpected does, for all later ones", "f.isra.0@60 f.isra.1@70 main@0", trueSig,
			[]st{{"f", 0x60, Unexpected, "i"}, {"f", 0x70, 0, "i"}}, []string{"f: ambiguous address"}},
		{"true signature: the first ones have the flags of all", "f.isra.0@60 f.isra.1@60 main@0", trueSig,
			[]st{{"f", 0x60, 0, "i"}, {"f", 0, Uncertain, "i"}}, []string{"f: uncertain parameter location"}},
		{"true signature: a middle one has those up to it", "f@50 f.isra.0@60 main@0", trueSig,
			[]st{{"f", 0x50, 0, "i"}, {"f", 0x60, 0, "i"}, {"f", 0, Unexpected, "i"}}, []string{"+f.isra.0* 1"}},
		{"clang: a changed signature with optimized parameters", "dead@10 main@0", defaults,
			[]st{{"dead", 0x10, OptimizedParms | SignatureChanged, "iii"}}, []string{"dead: optimized parameters"}},
		{"clang: a changed signature alone", "agg@10 main@0", defaults, []st{{"agg", 0x10, SignatureChanged, "i"}}, []string{"+agg 0"}},
		{"clang: with true signatures", "dead@10 main@0", trueSig,
			[]st{{"dead", 0x10, OptimizedParms | SignatureChanged, "ii"}}, []string{"+dead 0"}},
		{"the state at an address of the table stands for the group", "f@20 z@0", defaults,
			[]st{{"f", 0x10, 0, "i"}, {"f", 0, 0, "i"}, {"f", 0x20, 0, "i"}}, []string{"+f 2"}},
		{"one that need not be left out is preferred", "f.isra.0@10 f@20 z@0 zz@0", Options{},
			[]st{{"f", 0x10, OptimizedParms, "i"}, {"f", 0x20, 0, "i"}, {"f", 0x20, 0, "i"}}, []string{"f: ambiguous address"}},
		{"one that need not be left out is preferred, last entry", "z.isra.0@10 z@20", Options{},
			[]st{{"z", 0x10, OptimizedParms, "i"}, {"z", 0x20, 0, "i"}, {"z", 0x20, 0, "i"}}, []string{"+z 1"}},
		{"all to be left out: the first", "z.isra.0@10 z.isra.1@20", Options{},
			[]st{{"z", 0x10, OptimizedParms, "i"}, {"z", 0x20, OptimizedParms, "i"}}, []string{"z: optimized parameters"}},
		{"no address of the table: the first", "f@20 z@0", defaults,
			[]st{{"f", 0, 0, "i"}, {"f", 0x10, 0, "i"}}, []string{"+f 1"}},
		{"no address equals a symbol's 0", "f@0 z@0", defaults,
			[]st{{"f", 0x10, 0, "i"}, {"f", 0, 0, "i"}}, []string{"+f 1"}},
		{"a group of one is not looked up", "f@20 z@0", defaults, []st{{"f", 0x10, 0, "i"}}, []string{"+f 0"}},
		{"the last reason counts: ambiguous", "f.isra.0@10 f@20 z@0", defaults,
			[]st{{"f", 0x10, Unexpected | Inconsistent | Uncertain | Reordered | OptimizedParms, ""}}, []string{"f: ambiguous address"}},
		{"the last reason counts: optimized", "f.isra.0@10 z@0", defaults,
			[]st{{"f", 0x10, Unexpected | Inconsistent | Uncertain | Reordered | OptimizedParms, ""}}, []string{"f: optimized parameters"}},
		{"the last reason counts: reordered", "f@10 z@0", defaults,
			[]st{{"f", 0x10, Unexpected | Inconsistent | Uncertain | Reordered | OptimizedParms, ""}}, []string{"f: reordered parameters"}},
		{"the last reason counts: uncertain", "f@10 z@0", defaults,
			[]st{{"f", 0x10, Unexpected | Inconsistent | Uncertain, ""}}, []string{"f: uncertain parameter location"}},
		{"the last reason counts: inconsistent", "f@10 z@0", defaults,
			[]st{{"f", 0x10, Unexpected | Inconsistent, ""}}, []string{"f: inconsistet prototype"}},
		{"the last reason counts: unexpected", "f@10 z@0", Options{},
			[]st{{"f", 0x10, Unexpected | Inconsistent, ""}}, []string{"f: unexpected register usage for parameter"}},
	} {
		sc := newScenario(t, tc.symbols)
		types := map[rune]uint32{'i': sc.g.integer("int", 4), 'l': sc.g.integer("long", 8)}
		for _, s := range tc.states {
			var params []Param
			for _, r := range s.params {
				params = append(params, Param{sc.g.name(string(r)), types[r]})
			}
			sc.state(t, s.name, s.addr, s.flags, tc.opts, params...)
		}
		want := strings.Join(tc.want, "\n")
		if got := sc.run(tc.opts); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, want)
		}
		if got := sc.run(tc.opts); got != want {
			t.Errorf("%s: the second time\n%s\nwant\n%s", tc.name, got, want)
		}
		selectAll(&sc.saved, []*symtab.Table{sc.table}, sc.g, tc.opts, nil)
	}
}

func TestReturnType(t *testing.T) {
	sc := newScenario(t, "f@1 z@0")
	e, _ := sc.table.Find([]byte("f"))
	sc.saved.Add(State{Entry: e, Sym: -1, Addr: 1, Ret: sc.g.integer("int", 4)}, nil, nil)
	sc.saved.Add(State{Entry: e, Sym: -1}, nil, nil)
	if got := sc.run(defaults); got != "f: return type mismatch\nf: inconsistet prototype" {
		t.Error(got)
	}
}

func TestSaved(t *testing.T) {
	var s Saved
	want := []struct {
		params []Param
		annots []Annot
	}{
		{nil, nil},
		{[]Param{{1, 2}, {3, 4}}, nil},
		{nil, []Annot{{5, -1}, {6, 0}}},
		{[]Param{{7, 8}}, []Annot{{9, 1}}},
		{nil, nil},
	}
	for i, w := range want {
		s.Add(State{Addr: uint64(i), Sym: -1}, w.params, w.annots)
	}
	for i, w := range want {
		if got := s.State(i).Addr; got != uint64(i) {
			t.Errorf("state %d has address %d", i, got)
		}
		if got := s.Params(i); !slices.Equal(got, w.params) {
			t.Errorf("state %d: params %v, want %v", i, got, w.params)
		}
		if got := s.Annots(i); !slices.Equal(got, w.annots) {
			t.Errorf("state %d: annots %v, want %v", i, got, w.annots)
		}
	}
	if s.Len() != len(want) {
		t.Errorf("%d states", s.Len())
	}
}

func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(State{}); n != 32 {
		t.Errorf("a state takes %d bytes; a kernel has hundreds of thousands", n)
	}
}

func TestReasonTexts(t *testing.T) {
	// Every reason has a text of its own, and only the first three are notes.
	seen := map[string]Reason{}
	for r := ParamCount; r <= AmbiguousAddress; r++ {
		s := Skip{Reason: r}
		text := s.Text(func(uint32) string { return "" })
		if other, dup := seen[text]; dup || strings.HasPrefix(text, "reason") {
			t.Errorf("reasons %d and %d: %q", other, r, text)
		}
		seen[text] = r
		if note := strings.Contains(text, "mismatch"); r.Note() != note {
			t.Errorf("%q: note %v", text, r.Note())
		}
	}
	s := Skip{Reason: ParamType, A: 1}
	if got := s.Text(func(id uint32) string { return []string{"", "p"}[id] }); got != "param type mismatch for param#1 p != " {
		t.Errorf("a parameter without a name: %q", got)
	}
}

func BenchmarkSelect(b *testing.B) {
	var names []byte
	for i := range 48_000 {
		names = fmt.Appendf(names, "function_%05d", i)
	}
	const size = len("function_00000")
	bu := symtab.NewBuilder(names, 48_000, nil)
	for i := range 48_000 {
		if err := bu.Add(uint32(size*i), uint32(size), uint64(i)<<4, byte(elf.STT_FUNC), 1); err != nil {
			b.Fatal(err)
		}
	}
	table := bu.Build()
	g := newGraph()
	types := []uint32{g.integer("int", 4), g.ref(1, 0)}
	types = append(types, g.integer("int", 4))
	var s Saved
	for i := range 60_000 {
		e := int32(i % table.Len())
		_, addr := table.Symbol(e)
		s.Add(State{Entry: e, Sym: -1, Addr: addr, Ret: types[i/48_000*2]},
			[]Param{{1, types[0]}, {2, types[i/48_000]}}, nil)
	}
	b.ReportAllocs()
	for b.Loop() {
		sel := s.Sort([]*symtab.Table{table}, defaults, 1, backwards)
		sel.Select(nil, sel.Parts(0)[0], g, nil)
	}
}

func BenchmarkAdd(b *testing.B) {
	params := []Param{{1, 2}, {3, 4}, {5, 6}}
	var s Saved
	b.ReportAllocs()
	for b.Loop() {
		s.Add(State{Entry: 1, Sym: -1}, params, nil)
	}
}

// selectAll judges all functions, in parts as small as they get. Nothing may depend
// on where they are cut.
func selectAll(s *Saved, tables []*symtab.Table, g Graph, opts Options, report func(*Skip)) []Emit {
	sel := s.Sort(tables, opts, 3, backwards)
	var emits []Emit
	for _, p := range sel.Parts(1) {
		emits = sel.Select(emits, p, g, report)
	}
	return emits
}

func backwards(n int, f func(i int)) {
	for i := range n {
		f(n - 1 - i)
	}
}
