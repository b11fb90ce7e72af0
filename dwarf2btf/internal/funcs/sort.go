package funcs

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
)

// Sort returns the states sorted by key, those with an address first, else as they
// were saved. tables are the symbol tables by State.File. It does so in so many parts; each calls
// a function for 0 to n-1, which may run at the same time.
//
// Parts of the states, in the order in which they were saved, put their entries into buckets: as
// many as there are parts, in the order of their keys. A bucket sorts its entries, and then the
// states that have them.
func (s *Saved) Sort(tables []*symtab.Table, opts Options, parts int, each func(n int, f func(i int))) *Selection {
	sel := &Selection{saved: s, tables: tables, opts: opts, flags: make([]Flags, len(s.states))}
	sel.order = make([]uint32, len(s.states))
	o := &sorting{states: s.states, tables: tables, bounds: s.bounds(tables, parts), ranks: make([][]uint32, len(tables))}
	for i, t := range tables {
		o.ranks[i] = make([]uint32, t.Len())
	}
	o.buckets = make([]bucket, len(o.bounds)+1)
	for b := range o.buckets {
		o.buckets[b].entries, o.buckets[b].states = make([][]ranked, parts), make([][]uint32, parts)
	}
	piece := func(i int) (first, end int) { return i * len(s.states) / parts, (i + 1) * len(s.states) / parts }
	each(parts, func(i int) {
		first, end := piece(i)
		for k := first; k < end; k++ {
			sel.flags[k] = s.states[k].Flags
		}
		o.divide(i, first, end)
	})
	each(len(o.buckets), func(b int) { o.rank(&o.buckets[b]) })
	ends := make([]int, len(o.buckets))
	end := 0
	for b := range o.buckets {
		for _, list := range o.buckets[b].states {
			end += len(list)
		}
		ends[b] = end
	}
	each(len(o.buckets), func(b int) {
		first := 0
		if b > 0 {
			first = ends[b-1]
		}
		o.place(&o.buckets[b], sel.order[first:ends[b]])
	})
	return sel
}

// sorting is a Sort that is under way.
type sorting struct {
	states  []State
	tables  []*symtab.Table
	bounds  []uint64 // prefixes, ascending: the i-th is the least one of bucket i+1
	buckets []bucket
	ranks   [][]uint32 // by file and entry: which of the keys of its bucket it has
}

// bucket is the entries with keys between two bounds.
type bucket struct {
	entries [][]ranked // by part of the states
	states  [][]uint32 // the states that have these, by part
	keys    uint32
}

// ranked is an entry with the first eight bytes of its key, which decide most
// comparisons.
type ranked struct {
	prefix uint64
	file   uint16
	entry  int32
}

// bounds chooses bounds of buckets by a sample of the states.
func (s *Saved) bounds(tables []*symtab.Table, buckets int) []uint64 {
	const perBucket = 16
	n := min(perBucket*buckets, len(s.states))
	if buckets == 1 || n == 0 {
		return nil
	}
	sample := make([]uint64, n)
	for i := range sample {
		st := &s.states[i*len(s.states)/n]
		sample[i] = prefix(tables[st.File].Key(st.Entry))
	}
	slices.Sort(sample)
	bounds := make([]uint64, 0, buckets-1)
	for b := 1; b < buckets; b++ {
		bounds = append(bounds, sample[b*n/buckets])
	}
	return slices.Compact(bounds)
}

// divide puts the entries of part i of the states into the buckets, each once, and the states.
func (o *sorting) divide(i, first, end int) {
	in := make([][]uint16, len(o.tables)) // by file and entry: bucket plus one, 0 if the entry was not met
	for f, t := range o.tables {
		in[f] = make([]uint16, t.Len())
	}
	for b := range o.buckets { // most have about as many
		n := (end - first) / len(o.buckets)
		o.buckets[b].entries[i], o.buckets[b].states[i] = make([]ranked, 0, n/2), make([]uint32, 0, n+n/8)
	}
	for k := first; k < end; k++ {
		st := &o.states[k]
		at := &in[st.File][st.Entry]
		if *at == 0 {
			r := ranked{prefix(o.tables[st.File].Key(st.Entry)), st.File, st.Entry}
			b := sort.Search(len(o.bounds), func(i int) bool { return o.bounds[i] > r.prefix })
			*at = uint16(b + 1)
			list := &o.buckets[b].entries[i]
			*list = append(*list, r)
		}
		list := &o.buckets[*at-1].states[i]
		*list = append(*list, uint32(k))
	}
}

// rank sorts the entries of a bucket, and gives those with one key one rank.
func (o *sorting) rank(b *bucket) {
	compare := func(x, y ranked) int {
		if x.prefix != y.prefix {
			return cmp.Compare(x.prefix, y.prefix)
		}
		return bytes.Compare(o.tables[x.file].Key(x.entry), o.tables[y.file].Key(y.entry))
	}
	all := slices.Concat(b.entries...)
	b.entries = nil
	slices.SortFunc(all, compare)
	for i, r := range all {
		if i == 0 || compare(all[i-1], r) != 0 {
			b.keys++
		}
		o.ranks[r.file][r.entry] = b.keys - 1
	}
}

// place puts the states of a bucket where they belong. Each rank has two places, for states with
// and without an address, in which they keep their order.
func (o *sorting) place(b *bucket, order []uint32) {
	of := func(st *State) uint32 {
		p := 2 * o.ranks[st.File][st.Entry]
		if st.Addr == 0 {
			p++
		}
		return p
	}
	starts := make([]uint32, 2*b.keys+1)
	for _, list := range b.states {
		for _, k := range list {
			starts[of(&o.states[k])+1]++
		}
	}
	for i := range 2 * b.keys {
		starts[i+1] += starts[i]
	}
	for _, list := range b.states {
		for _, k := range list {
			at := &starts[of(&o.states[k])]
			order[*at] = k
			*at++
		}
	}
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
