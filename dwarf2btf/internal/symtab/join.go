package symtab

import "github.com/gopahole/gopahole/internal/memory"

// shards is the number of tables that symbols are divided into by the hash of their keys, so
// that they can be filled at the same time.
const shards = 16

func shardOf(hash uint32) uint32 { return hash >> 28 }

// Join returns the table of the symbols of parts, in their order. The first part is that of
// NewBuilder, the others are made by its method Part. each calls a function for 0 to n-1, which
// may run at the same time. The parts must not be used afterwards. The only error is ErrNames.
func Join(parts []*Builder, each func(n int, f func(i int))) (*Table, error) {
	first := parts[0]
	t := &Table{strings: first.strings, seed: first.seed, objects: newNameSet()}
	starts, n, text := make([]uint32, len(parts)), uint32(0), uint64(0)
	for i, p := range parts {
		if text += p.text; text > maxText {
			return nil, ErrNames
		}
		starts[i] = n
		n += uint32(len(p.symbols))
		t.longest = max(t.longest, p.longest)
	}
	t.symbols = first.symbols
	if len(parts) > 1 {
		t.symbols = memory.Make[symbol](int(n), int(n))
		each(len(parts), func(i int) { parts[i].copyTo(t.symbols, starts[i]) })
	}
	t.joinGreatest(parts, starts)
	var addrs [shards]map[int32][]atAddr
	each(shards+1, func(i int) {
		if i == shards {
			t.joinObjects(parts)
			return
		}
		t.joinShard(i, parts, starts)
		addrs[i] = t.indexAddrs(t.shards[i].slots)
	})
	for _, m := range addrs {
		for entry, byAddr := range m {
			if t.addrs == nil {
				t.addrs = make(map[int32][]atAddr)
			}
			t.addrs[entry] = byAddr
		}
	}
	return t, nil
}

// copyTo copies the symbols of a part to where they are in the table.
func (b *Builder) copyTo(symbols []symbol, start uint32) {
	for i, s := range b.symbols {
		s.next += start
		symbols[start+uint32(i)] = s
	}
}

// joinGreatest finds the entry with the greatest key.
func (t *Table) joinGreatest(parts []*Builder, starts []uint32) {
	found := false
	for i, p := range parts {
		if len(p.symbols) == 0 {
			continue
		}
		if at := int32(starts[i]) + p.greatest; !found || string(t.Key(at)) > string(t.Key(t.greatest)) {
			t.greatest, found = at, true
		}
	}
}

// joinShard fills a table with the symbols of all parts.
func (t *Table) joinShard(i int, parts []*Builder, starts []uint32) {
	n := 0
	for _, p := range parts {
		n += len(p.keyed[i])
	}
	sh := &t.shards[i]
	sh.reserve(n)
	for k, p := range parts {
		for _, s := range p.keyed[i] {
			sh.add(t.symbols, s.hash, starts[k]+s.sym)
		}
	}
}

func (t *Table) joinObjects(parts []*Builder) {
	for _, p := range parts {
		for _, o := range p.found {
			t.objects.add(t.strings, o.name, o.shndx)
		}
	}
}
