package funcs

import (
	"bytes"
	"cmp"
	"debug/elf"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
)

// However many parts there are, the order is that of the keys, then of whether there is an address,
// then that of the states, also if many keys begin alike, or with the greatest bytes that there are.
func TestSort(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	beginnings := []string{"", "a", "bpf_prog_", "bpf_prog_load", "\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff"}
	var tables []*symtab.Table
	for range 2 {
		var names []byte
		var spans [][2]int
		for range 300 {
			name := beginnings[r.IntN(len(beginnings))] + string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26)))
			spans = append(spans, [2]int{len(names), len(name)})
			names = append(names, name...)
		}
		b := symtab.NewBuilder(names, 300, nil)
		for _, s := range spans {
			if err := b.Add(uint32(s[0]), uint32(s[1]), 1, byte(elf.STT_FUNC), 1); err != nil {
				t.Fatal(err)
			}
		}
		tables = append(tables, b.Build())
	}
	for _, n := range []int{0, 1, 2, 40, 5000} {
		var s Saved
		for range n {
			file := r.IntN(2)
			entry, _ := tables[file].Find(tables[file].Key(int32(r.IntN(tables[file].Len()))))
			s.Add(State{File: uint16(file), Entry: entry, Sym: -1, Addr: uint64(r.IntN(2))}, nil, nil)
		}
		want := make([]uint32, n)
		for i := range want {
			want[i] = uint32(i)
		}
		slices.SortStableFunc(want, func(i, j uint32) int {
			a, b := &s.states[i], &s.states[j]
			return cmp.Or(bytes.Compare(tables[a.File].Key(a.Entry), tables[b.File].Key(b.Entry)), cmp.Compare(b.Addr, a.Addr))
		})
		for _, parts := range []int{1, 2, 3, 16, 32} {
			sel := s.Sort(tables, Options{}, parts, func(n int, f func(int)) {
				var all sync.WaitGroup
				for i := range n {
					all.Go(func() { f(i) })
				}
				all.Wait()
			})
			if !slices.Equal(sel.order, want) {
				t.Errorf("%d states in %d parts: %v, want %v", n, parts, sel.order, want)
			}
		}
	}
}
