package funcs

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
)

// Sort returns the states sorted by key, those with an address first, else as they
// were saved. tables are the symbol tables by State.File. both calls two functions,
// which may run at the same time.
func (s *Saved) Sort(tables []*symtab.Table, opts Options, both func(f, g func())) *Selection {
	sel := &Selection{saved: s, tables: tables, opts: opts, flags: make([]Flags, len(s.states))}
	for i := range s.states {
		sel.flags[i] = s.states[i].Flags
	}
	ranks, n := s.ranks(tables, both)
	// Each rank has two buckets, for states with and without an address. In a bucket
	// states keep their order.
	bucket := func(st *State) uint32 {
		p := 2 * ranks[st.File][st.Entry]
		if st.Addr == 0 {
			p++
		}
		return p
	}
	starts := make([]uint32, 2*n+1)
	for i := range s.states {
		starts[bucket(&s.states[i])+1]++
	}
	for i := range 2 * n {
		starts[i+1] += starts[i]
	}
	sel.order = make([]uint32, len(s.states))
	for i := range s.states {
		at := &starts[bucket(&s.states[i])]
		sel.order[*at] = uint32(i)
		*at++
	}
	return sel
}

// ranked is an entry with the first eight bytes of its key, which decide most
// comparisons.
type ranked struct {
	prefix uint64
	file   uint16
	entry  int32
}

// ranks returns the ranks of the entries that states have, by file and entry, and
// how many there are. Entries with one key have one rank.
func (s *Saved) ranks(tables []*symtab.Table, both func(f, g func())) (ranks [][]uint32, n uint32) {
	compare := func(a, b *ranked) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return bytes.Compare(tables[a.file].Key(a.entry), tables[b.file].Key(b.entry))
	}
	sorted := func(states []State) []ranked {
		all := entries(states, tables)
		slices.SortFunc(all, func(a, b ranked) int { return compare(&a, &b) })
		return all
	}
	var a, b []ranked
	half := len(s.states) / 2
	both(func() { a = sorted(s.states[:half]) }, func() { b = sorted(s.states[half:]) })

	ranks = make([][]uint32, len(tables))
	for i, t := range tables {
		ranks[i] = make([]uint32, t.Len())
	}
	var last *ranked
	for len(a)+len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && compare(&b[0], &a[0]) < 0 {
			from = &b
		}
		r := &(*from)[0]
		*from = (*from)[1:]
		if last == nil || compare(last, r) != 0 {
			n++
		}
		ranks[r.file][r.entry] = n - 1
		last = r
	}
	return ranks, n
}

// entries returns the entries that states have, each once.
func entries(states []State, tables []*symtab.Table) []ranked {
	seen := make([][]bool, len(tables))
	for i, t := range tables {
		seen[i] = make([]bool, t.Len())
	}
	all := make([]ranked, 0, len(states))
	for i := range states {
		st := &states[i]
		if s := &seen[st.File][st.Entry]; !*s {
			*s = true
			all = append(all, ranked{prefix(tables[st.File].Key(st.Entry)), st.File, st.Entry})
		}
	}
	return all
}

// prefix is the first eight bytes of a name, compared like the name; names
// have no NUL, so a shorter one sorts first.
func prefix(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	var b [8]byte
	copy(b[:], name)
	return binary.BigEndian.Uint64(b[:])
}
