package typegraph

import "slices"

// candidates lists, per shape, the types that stand for themselves, in the
// order in which libbpf tries them.
//
// libbpf keeps all candidates of all kinds in one chained hash table: a new one
// goes to the front of its list, and each doubling of the table reverses every
// list. Doublings depend only on how many entries there are altogether, so it
// is enough to count, and to reverse a list when it is next looked at
// (libbpf: hashmap_insert, hashmap_grow).
type candidates struct {
	first     []uint32            // by Shape: 0, the only candidate, or manyBit | index into chains
	chains    []chain             // index 0 is not used
	spare     []uint32            // indexes into chains that are free
	refined   map[chainKey]uint32 // split chains: index into chains by reference signature
	entries   uint64              // in libbpf's table
	capacity  uint64              // of libbpf's table
	doublings uint32
	anonFwd   bool // a FWD without a name was seen; see refsig.go
}

// chain is a list of candidates. The front is the end of ids.
type chain struct {
	ids   []uint32
	gen   uint32 // doublings at the time of the present order
	split bool   // the candidates are in refined as well
}

// chainKey finds a part of a split chain.
type chainKey struct {
	shape Shape
	sig   uint64
}

const (
	manyBit = 1 << 31

	// splitLen is the length at which a chain is split by reference signature.
	// Below it, comparisons that fail at once are cheaper than signatures.
	splitLen = 4
)

// grow makes room for shapes below n.
func (t *candidates) grow(n int) {
	if n > len(t.first) {
		t.first = append(t.first, make([]uint32, n-len(t.first))...)
	}
}

// count notes one more entry in libbpf's table.
func (t *candidates) count() { t.countTo(t.entries + 1) }

// countTo notes that libbpf's table has a number of entries, not less than
// before.
func (t *candidates) countTo(entries uint64) {
	t.entries = entries
	for t.entries*4/3 > t.capacity {
		t.capacity = max(4, 2*t.capacity)
		t.doublings++
	}
}

// doublings returns how often libbpf's table has doubled when it has a number
// of entries.
func doublings(entries uint64) uint32 {
	var t candidates
	t.countTo(entries)
	return t.doublings
}

// list brings a chain into the present order and returns it, front last.
func (t *candidates) list(c *chain) []uint32 {
	if c.gen != t.doublings {
		if (t.doublings-c.gen)&1 != 0 {
			slices.Reverse(c.ids)
		}
		c.gen = t.doublings
	}
	return c.ids
}

// push puts id in front of a chain.
func (t *candidates) push(c *chain, id uint32) {
	t.list(c)
	c.ids = append(c.ids, id)
}

// candidatesFor returns the types that may be equal to id, the first to try
// last. one is a buffer for a single candidate.
func (g *graph) candidatesFor(id uint32, one *[1]uint32) []uint32 {
	t := &g.table
	shape := g.nodes[id].shape
	f := t.first[shape]
	if f == 0 {
		return nil
	}
	if f&manyBit == 0 {
		one[0] = f
		return one[:]
	}
	c := &t.chains[f&^manyBit]
	if !c.split && len(c.ids) > splitLen {
		g.split(c)
		c = &t.chains[f&^manyBit]
	}
	if c.split {
		i := t.refined[chainKey{shape, g.refSignature(id)}]
		if i == 0 {
			return nil
		}
		c = &t.chains[i]
	}
	return t.list(c)
}

// insert makes id a candidate for types of its shape.
func (g *graph) insert(id uint32) {
	t := &g.table
	shape := g.nodes[id].shape
	g.countEntry(id, g.info[shape].class)
	g.unit.inserted = append(g.unit.inserted, id)
	f := t.first[shape]
	switch {
	case f == 0:
		t.first[shape] = id
		return
	case f&manyBit == 0:
		f = t.newChain(f) | manyBit
		t.first[shape] = f
	}
	c := &t.chains[f&^manyBit]
	t.push(c, id)
	if c.split {
		g.insertRefined(id)
	}
}

// newChain returns the index of a chain of these types.
func (t *candidates) newChain(ids ...uint32) uint32 {
	if n := len(t.spare); n > 0 {
		i := t.spare[n-1]
		t.spare = t.spare[:n-1]
		c := &t.chains[i]
		*c = chain{ids: append(c.ids[:0], ids...), gen: t.doublings}
		return i
	}
	t.chains = append(t.chains, chain{ids: ids, gen: t.doublings})
	return uint32(len(t.chains) - 1)
}

// split turns a long chain into one per reference signature. That waits until
// the chain is searched, because in deferred mode all FWDs are known only then.
func (g *graph) split(c *chain) {
	c.split = true
	for _, id := range g.table.list(c) { // from the back, so that the order stays
		g.insertRefined(id)
	}
}

// unsplit undoes all splits, for signatures to be computed in another way.
func (t *candidates) unsplit() {
	for _, i := range t.refined {
		t.spare = append(t.spare, i)
	}
	t.forgetSplits()
}

// forgetSplits is unsplit while a list may be in use: none is reused.
func (t *candidates) forgetSplits() {
	if len(t.refined) == 0 {
		return
	}
	for i := range t.chains {
		t.chains[i].split = false
	}
	clear(t.refined)
}

// insertRefined puts id in front of its part of a split chain.
func (g *graph) insertRefined(id uint32) {
	t := &g.table
	if t.refined == nil {
		t.refined = make(map[chainKey]uint32)
	}
	key := chainKey{g.nodes[id].shape, g.refSignature(id)}
	i := t.refined[key]
	if i == 0 {
		i = t.newChain()
		t.refined[key] = i
	}
	t.push(&t.chains[i], id)
}

// renumber replaces a candidate's ID after compaction moved it.
func (g *graph) renumber(old, id uint32) {
	t := &g.table
	shape := g.nodes[id].shape
	f := t.first[shape]
	if f == old {
		t.first[shape] = id
	}
	if info := &g.info[shape]; info.class == classEnum {
		l := g.enumsNamed(info.name)
		l.renumber(old, id)
		l.renumberGroup(old, id)
		return
	}
	if f&manyBit == 0 {
		return
	}
	c := &t.chains[f&^manyBit]
	c.renumber(old, id)
	if c.split {
		t.chains[t.refined[chainKey{shape, g.refSignature(id)}]].renumber(old, id)
	}
}

// renumber looks from both ends: a new entry is in front, or at the back after
// a reversal.
func (c *chain) renumber(old, id uint32) {
	for i, j := 0, len(c.ids)-1; i <= j; i, j = i+1, j-1 {
		switch old {
		case c.ids[i]:
			c.ids[i] = id
			return
		case c.ids[j]:
			c.ids[j] = id
			return
		}
	}
}
