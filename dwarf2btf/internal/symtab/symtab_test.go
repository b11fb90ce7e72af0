package symtab

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

const (
	fn  = byte(elf.STT_FUNC)
	obj = byte(elf.STT_OBJECT)
)

type sym struct {
	name string
	addr uint64
}

// strtab collects names like the string table of a file.
type strtab struct {
	bytes []byte
	at    map[string]uint32
}

func (s *strtab) add(name string) (off, size uint32) {
	if s.at == nil {
		s.at = map[string]uint32{}
	}
	off, ok := s.at[name]
	if !ok {
		off = uint32(len(s.bytes))
		s.bytes, s.at[name] = append(append(s.bytes, name...), 0), off
	}
	return off, uint32(len(name))
}

func build(t testing.TB, symbols ...sym) *Table {
	t.Helper()
	return buildParts(t, 1, symbols)
}

// buildParts builds a table of so many parts, at the same time.
func buildParts(t testing.TB, parts int, symbols []sym) *Table {
	t.Helper()
	var names strtab
	for _, s := range symbols {
		names.add(s.name)
	}
	builders := []*Builder{NewBuilder(names.bytes, len(symbols)/parts, nil)}
	for range parts - 1 {
		builders = append(builders, builders[0].Part(len(symbols)/parts))
	}
	for i, s := range symbols {
		off, size := names.add(s.name)
		if err := builders[i*parts/len(symbols)].Add(off, size, s.addr, fn, 1); err != nil {
			t.Fatal(err)
		}
	}
	tab, err := Join(builders, func(n int, f func(i int)) {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { f(i) })
		}
		all.Wait()
	})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// entries returns all entries, by key.
func entries(tab *Table) []int32 {
	var all []int32
	for i := range int32(tab.Len()) {
		if e, _ := tab.Find(tab.Key(i)); e == i {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b int32) int { return bytes.Compare(tab.Key(a), tab.Key(b)) })
	return all
}

// symbolsOf returns the symbols of an entry.
func symbolsOf(tab *Table, entry int32) (all []sym) {
	for i := entry; i >= 0; i = tab.follow(i) {
		name, addr := tab.Symbol(i)
		all = append(all, sym{string(name), addr})
	}
	return all
}

// dump spells a table: "key! = sym@addr sym@addr", '!' for ambiguous.
func dump(tab *Table) string {
	var lines []string
	for _, e := range entries(tab) {
		line := string(tab.Key(e))
		if tab.Ambiguous(e) {
			line += "!"
		}
		line += " ="
		for _, s := range symbolsOf(tab, e) {
			line += fmt.Sprintf(" %s@%x", s.name, s.addr)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestBuild(t *testing.T) {
	for _, tc := range []struct {
		name    string
		symbols []sym
		want    []string
	}{
		{"no symbols", nil, nil},
		{"sorted by key", []sym{{"b", 1}, {"a", 2}, {"aa", 3}, {"B", 4}, {"_", 5}},
			[]string{"B = B@4", "_ = _@5", "a = a@2", "aa = aa@3", "b = b@1"}},
		{"keys that share eight bytes", []sym{{"prefixed_b", 1}, {"prefixed_a", 2}, {"prefixed", 3}},
			[]string{"prefixed = prefixed@3", "prefixed_a = prefixed_a@2", "prefixed_b = prefixed_b@1"}},
		{"bytes are unsigned", []sym{{"\xff", 1}, {"z", 2}}, []string{"z = z@2", "\xff = \xff@1"}},
		{"the key ends at the first dot", []sym{{"cprop.constprop.0", 1}, {"x", 2}}, []string{"cprop = cprop.constprop.0@1", "x = x@2"}},
		{"a name that begins with a dot has an empty key", []sym{{".text", 1}, {"x", 2}}, []string{" = .text@1", "x = x@2"}},
		{"symbols keep their order", []sym{{"f.isra.0", 9}, {"g", 1}, {"f", 9}, {"f.b", 9}}, []string{"f = f.isra.0@9 f@9 f.b@9", "g = g@1"}},
		{"parts are left out", []sym{{"f.cold", 1}, {"f.part.0", 2}, {"f.isra.0.cold", 3}, {"f.constprop.0.part.1", 4}, {"fcold", 5}},
			[]string{"fcold = fcold@5"}},
		{"coldest is a part too", []sym{{"f.coldest", 1}, {"g", 1}}, []string{"g = g@1"}},
		{"different addresses are ambiguous", []sym{{"f", 1}, {"f", 2}, {"g", 1}}, []string{"f! = f@1 f@2", "g = g@1"}},
		{"equal addresses are not", []sym{{"f", 1}, {"f.a", 1}, {"g", 1}}, []string{"f = f@1 f.a@1", "g = g@1"}},
		{"address 0 first is not", []sym{{"f", 0}, {"f", 2}, {"g", 1}}, []string{"f = f@0 f@2", "g = g@1"}},
		{"address 0 later is", []sym{{"f", 2}, {"f", 0}, {"g", 1}}, []string{"f! = f@2 f@0", "g = g@1"}},
		{"address 0 first, then two", []sym{{"f", 0}, {"f", 2}, {"f", 3}, {"g", 1}}, []string{"f! = f@0 f@2 f@3", "g = g@1"}},
		{"the last entry never is", []sym{{"f", 1}, {"z", 1}, {"z", 2}}, []string{"f = f@1", "z = z@1 z@2"}},
		{"nor the only one", []sym{{"z", 1}, {"z", 2}}, []string{"z = z@1 z@2"}},
	} {
		if got := dump(build(t, tc.symbols...)); got != strings.Join(tc.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, strings.Join(tc.want, "\n"))
		}
	}
}

// TestClaim: a number of symbols that only is claimed takes no room.
func TestClaim(t *testing.T) {
	b := NewBuilder([]byte("f\x00"), 1<<30, nil)
	if err := b.Add(0, 1, 8, fn, 1); err != nil {
		t.Fatal(err)
	}
	tab := b.Build()
	if cap(tab.symbols) > maxReserved {
		t.Errorf("room for %d symbols", cap(tab.symbols))
	}
	if got := dump(tab); got != "f = f@8" {
		t.Errorf("%q", got)
	}
}

func TestOnlyFunctions(t *testing.T) {
	b := NewBuilder([]byte("0123456789abcdef"), 0, nil)
	for typ := range uint32(16) {
		if err := b.Add(typ, 1, 1, byte(typ)|0x10, 0); err != nil {
			t.Fatal(err)
		}
	}
	if got := dump(b.Build()); got != "2 = 2@1" {
		t.Errorf("symbols of type 2 (FUNC) of any binding and section, nothing else: %q", got)
	}
}

func TestSymAt(t *testing.T) {
	tab := build(t,
		sym{"f", 0x10}, sym{"f.isra.0", 0x10}, sym{"f.b", 0x10}, sym{"f.llvm.123", 0x20}, sym{"f", 0},
		sym{"f.constprop.1", 0}, sym{"f.x.constprop.2", 0x30}, sym{"zero.isra.0", 0})
	e, ok := tab.Find([]byte("f"))
	if !ok {
		t.Fatal("f is not in the table")
	}
	for _, tc := range []struct {
		addr      uint64
		sym       int32
		optimized bool
		has       bool
	}{
		{0x10, 1, true, true},
		{0x20, 3, false, true},
		{0x30, 6, true, true},
		{0, -1, false, true}, // stands for "no address", except for HasAddr
		{0x40, -1, false, false},
	} {
		if s, o, h := tab.SymAt(e, tc.addr), tab.OptimizedAt(e, tc.addr), tab.HasAddr(e, tc.addr); s != tc.sym || o != tc.optimized || h != tc.has {
			t.Errorf("%#x: symbol %d, optimized %v, has %v; want %v", tc.addr, s, o, h, tc)
		}
	}
}

func TestObjects(t *testing.T) {
	b := NewBuilder([]byte("vwx"), 0, func(shndx uint32) bool { return shndx != 9 })
	for _, s := range []struct {
		name  string
		typ   byte
		shndx uint32
	}{{"v", obj, 3}, {"v", obj, 4}, {"v", obj, 3}, {"w", fn, 3}, {"x", obj, 9}, {"", obj, 3}} {
		off := max(0, strings.Index("vwx", s.name))
		if err := b.Add(uint32(off), uint32(len(s.name)), 0, s.typ, s.shndx); err != nil {
			t.Fatal(err)
		}
	}
	tab := b.Build()
	for _, tc := range []struct {
		name  string
		shndx uint32
		want  bool
	}{{"v", 3, true}, {"v", 4, true}, {"v", 5, false}, {"w", 3, false}, {"x", 9, false}, {"", 3, true}, {"", 4, false}} {
		if got := tab.HasObject([]byte(tc.name), tc.shndx); got != tc.want {
			t.Errorf("%q in section %d: %v", tc.name, tc.shndx, got)
		}
	}
	if e, ok := tab.Find([]byte("v")); ok {
		t.Errorf("an object is entry %d", e)
	}
}

func TestEmpty(t *testing.T) {
	tab := NewBuilder(nil, 0, nil).Build()
	if _, ok := tab.Find([]byte("x")); ok || tab.Len() != 0 || tab.HasObject([]byte("x"), 1) {
		t.Error("an empty table has something")
	}
}

func TestNamesBound(t *testing.T) {
	for _, typ := range []byte{fn, obj} {
		b := NewBuilder([]byte("four"), 0, nil)
		b.text = maxText - 4 // as if other names had taken all but four bytes
		if err := b.Add(0, 4, 1, typ, 1); err != nil {
			t.Errorf("type %d: the last four bytes: %v", typ, err)
		}
		if err := b.Add(0, 1, 1, typ, 1); !errors.Is(err, ErrNames) {
			t.Errorf("type %d: one byte more: %v", typ, err)
		}
	}
}

func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(symbol{}); n != 24 {
		t.Errorf("a symbol takes %d bytes; a kernel has 100,000 of them", n)
	}
}

// As many questions as symbols, all of one entry, must not take a day.
func TestManySymbolsOfOneEntry(t *testing.T) {
	const n = 300_000
	name := "f.isra.0"
	b := NewBuilder([]byte(name), 0, nil)
	for i := range n {
		size := 1
		if i == n-1 {
			size = len(name)
		}
		if err := b.Add(0, uint32(size), uint64(i%1000)+1, fn, 1); err != nil {
			t.Fatal(err)
		}
	}
	tab := b.Build()
	e, _ := tab.Find([]byte("f"))
	last := uint64((n-1)%1000) + 1
	for range n {
		if tab.SymAt(e, last) != n-1 || !tab.OptimizedAt(e, last) || tab.HasAddr(e, 1001) || tab.SymAt(e, 1) != -1 {
			t.Fatal("wrong")
		}
	}
}

// A model in which nothing is clever: sorted names, maps.
type model struct {
	keys    []string
	symbols map[string][]sym
}

func newModel(symbols []sym) model {
	m := model{symbols: map[string][]sym{}}
	for _, s := range symbols {
		key, suffix, _ := strings.Cut(s.name, ".")
		suffix = "." + suffix
		if strings.Contains(suffix, ".cold") || strings.Contains(suffix, ".part") {
			continue
		}
		m.symbols[key] = append(m.symbols[key], s)
	}
	for k := range m.symbols {
		m.keys = append(m.keys, k)
	}
	slices.Sort(m.keys)
	return m
}

func check(t *testing.T, symbols []sym) {
	t.Helper()
	for _, parts := range []int{1, 2, 5} {
		checkTable(t, buildParts(t, parts, symbols), newModel(symbols))
	}
}

func checkTable(t *testing.T, tab *Table, m model) {
	t.Helper()
	all := entries(tab)
	if len(all) != len(m.keys) {
		t.Fatalf("%d entries, want %d", len(all), len(m.keys))
	}
	for i, key := range m.keys {
		e, ok := tab.Find([]byte(key))
		if !ok || e != all[i] || string(tab.Key(e)) != key {
			t.Fatalf("%q: entry %d, %v; want %d", key, e, ok, all[i])
		}
		want := m.symbols[key]
		if got := symbolsOf(tab, e); !slices.Equal(got, want) {
			t.Fatalf("%q: symbols %v, want %v", key, got, want)
		}
		ambiguous := false
		for j, s := range want {
			ambiguous = ambiguous || j > 0 && want[j-1].addr != 0 && want[j-1].addr != s.addr
			var first string
			if k := slices.IndexFunc(want, func(o sym) bool {
				return o.addr == s.addr && o.addr != 0 && strings.Contains(o.name, ".")
			}); k >= 0 {
				first = want[k].name
			}
			got := ""
			if n := tab.SymAt(e, s.addr); n >= 0 {
				name, _ := tab.Symbol(n)
				got = string(name)
			}
			if got != first {
				t.Fatalf("%q: symbol %q at %#x, want %q", key, got, s.addr, first)
			}
			optimized := slices.ContainsFunc(want, func(o sym) bool {
				return o.addr == s.addr && o.addr != 0 && (strings.Contains(o.name, ".isra") || strings.Contains(o.name, ".constprop"))
			})
			if got := tab.OptimizedAt(e, s.addr); got != optimized {
				t.Fatalf("%q: optimized at %#x: %v", key, s.addr, got)
			}
			if !tab.HasAddr(e, s.addr) || tab.HasAddr(e, 1<<40) || tab.SymAt(e, 1<<40) != -1 || tab.OptimizedAt(e, 1<<40) {
				t.Fatalf("%q: what is at %#x and at an address nobody has", key, s.addr)
			}
		}
		if ambiguous = ambiguous && i < len(m.keys)-1; tab.Ambiguous(e) != ambiguous {
			t.Fatalf("%q: ambiguous %v", key, !ambiguous)
		}
		if _, ok := tab.Find([]byte(key + "_no")); ok != (m.symbols[key+"_no"] != nil) {
			t.Fatalf("%q_no: %v", key, ok)
		}
	}
}

func randomSymbols(r *rand.Rand, n, keys int) []sym {
	suffixes := []string{"", "", "", "", ".isra.0", ".constprop.3", ".cold", ".part.1", ".llvm.1", "."}
	all := make([]sym, n)
	for i := range all {
		name := fmt.Sprintf("fn_%x", r.IntN(keys))
		all[i] = sym{name + suffixes[r.IntN(len(suffixes))], uint64(r.IntN(3)) * uint64(r.IntN(20))}
	}
	return all
}

func TestModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 3, 10, 500, 511, 512, 513, 5000} {
		check(t, randomSymbols(r, n, n))
		check(t, randomSymbols(r, n, n/50+1)) // entries with more than scanLimit symbols
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("a\x00b.isra.0\x00a\x00c.cold"), uint64(0x0102030400))
	f.Fuzz(func(t *testing.T, names []byte, addrs uint64) {
		var symbols []sym
		for i, n := range bytes.Split(names, []byte{0}) {
			symbols = append(symbols, sym{string(n), addrs >> (i % 16 * 4) & 3})
		}
		check(t, symbols)
	})
}

// kernelLike is about what a distribution's vmlinux has: 127,000 symbols of
// 48,000 functions.
func kernelLike() (names [][]byte) {
	r := rand.New(rand.NewPCG(3, 4))
	keys := make([]string, 48_000)
	for i := range keys {
		b := make([]byte, 0, 24)
		for range 2 + r.IntN(3) {
			for range 2 + r.IntN(6) {
				b = append(b, byte('a'+min(r.IntN(26), r.IntN(26))))
			}
			b = append(b, '_')
		}
		keys[i] = fmt.Sprintf("%s%d", b, i%100)
	}
	for i := range 127_000 {
		name := []byte(keys[i%len(keys)])
		if i >= 120_000 {
			name = append(name, ".constprop.0"...)
		}
		names = append(names, name)
	}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names
}

func BenchmarkBuild(b *testing.B) {
	var names strtab
	var spans []span
	for _, n := range kernelLike() {
		off, size := names.add(string(n))
		spans = append(spans, span{off, size})
	}
	b.ReportAllocs()
	for b.Loop() {
		bu := NewBuilder(names.bytes, len(spans), nil)
		for i, s := range spans {
			if err := bu.Add(s.off, s.len, uint64(i), fn, 1); err != nil {
				b.Fatal(err)
			}
		}
		bu.Build()
	}
}

func BenchmarkFind(b *testing.B) {
	names := kernelLike()
	var symbols []sym
	for i, n := range names {
		symbols = append(symbols, sym{string(n), uint64(i)})
	}
	tab := build(b, symbols...)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		tab.Find(names[i%len(names)])
		i++
	}
}
