package funcs

import (
	"debug/elf"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
)

// TestSelectFiles has functions of several files: those of one file that stand side by side are one function, when all
// are sorted by name, and those with an address come first (pahole 1.32).
func TestSelectFiles(t *testing.T) {
	var tables []*symtab.Table
	for _, symbols := range []string{"b@10 d@20 y@1", "a@30 b@40 z@2", "b@50"} {
		sc := newScenario(t, symbols)
		tables = append(tables, sc.table)
	}
	g := newGraph()
	i, l := g.integer("int", 4), g.integer("long", 8)
	var saved Saved
	add := func(file int, name string, addr uint64, flags Flags, types ...uint32) {
		e, ok := tables[file].Find([]byte(name))
		if !ok {
			t.Fatalf("file %d has no %s", file, name)
		}
		var params []Param
		for _, typ := range types {
			params = append(params, Param{Name: g.name("p"), Type: typ})
		}
		saved.Add(State{File: uint16(file), Entry: e, Sym: -1, Addr: addr, Flags: flags}, params, nil)
	}
	add(0, "d", 0x20, 0, i)
	add(0, "b", 0x10, 0, i)
	add(0, "b", 0, 0, i) // not beside the one with an address
	add(1, "b", 0x40, 0, l)
	add(1, "b", 0, 0, i)
	add(1, "a", 0x30, Unexpected, i)
	add(2, "b", 0, 0, l)
	var lines []string
	emits := selectAll(&saved, tables, g, defaults, func(s *Skip) {
		lines = append(lines, string(s.Func)+": "+s.Text(g.nameOf)+" "+string(rune('0'+s.Group)))
	})
	for _, e := range emits {
		lines = append(lines, "+"+string(e.Name)+" "+string(rune('0'+e.State))+" "+string(rune('0'+e.Group)))
	}
	want := "a: unexpected register usage for parameter 0\n+b 1 1\n+b 3 2\n+b 2 3\n+b 4 4\n+b 6 5\n+d 0 6"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	// In one file they would be compared.
	b := symtab.NewBuilder([]byte("b"), 0, nil)
	for _, addr := range []uint64{0x10, 0x10} {
		if err := b.Add(0, 1, addr, byte(elf.STT_FUNC), 1); err != nil {
			t.Fatal(err)
		}
	}
	one := saved
	one.states = one.states[1:4:4]
	for k := range one.states {
		one.states[k].File, one.states[k].Entry = 0, 0
	}
	if emits := selectAll(&one, []*symtab.Table{b.Build()}, g, defaults, nil); len(emits) != 0 {
		t.Errorf("of one file: %v", emits)
	}
}
