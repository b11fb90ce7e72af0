package symtab

import (
	"cmp"
	"slices"
)

// scanLimit is the largest number of symbols of an entry that is searched one by one. In a
// kernel a few entries have more. In a hostile file one entry may have millions, and be
// looked up for each of as many functions.
const scanLimit = 32

// atAddr is what the symbols that one entry has at one address say together.
type atAddr struct {
	addr      uint64
	sym       int32 // first symbol with a suffix, -1 is none
	optimized bool  // a symbol has an .isra or .constprop suffix
}

// indexAddrs returns an index by address of the entries of some slots that have too many symbols.
func (t *Table) indexAddrs(slots []slot) (addrs map[int32][]atAddr) {
	for _, s := range slots {
		if s.last == 0 {
			continue
		}
		first := int32(t.symbols[s.last-1].next)
		n := 1
		for i := first; i != int32(s.last-1); i = int32(t.symbols[i].next) {
			n++
		}
		if n <= scanLimit {
			continue
		}
		for i := first; ; i = int32(t.symbols[i].next) {
			if e, _ := t.Find(t.Key(i)); e == i {
				if byAddr := t.indexEntry(e); byAddr != nil {
					if addrs == nil {
						addrs = make(map[int32][]atAddr)
					}
					addrs[e] = byAddr
				}
			}
			if i == int32(s.last-1) {
				break
			}
		}
	}
	return addrs
}

// indexEntry returns what the symbols of an entry say by address, nil if they are not too many.
func (t *Table) indexEntry(entry int32) []atAddr {
	var all []atAddr
	for i := entry; i >= 0; i = t.follow(i) {
		p := atAddr{addr: t.symbols[i].addr, sym: -1}
		if suffix := t.suffix(i); len(suffix) > 0 {
			p.sym, p.optimized = i, isOptimized(suffix)
		}
		all = append(all, p)
	}
	if len(all) <= scanLimit {
		return nil
	}
	return joined(all)
}

// joined returns one element for each address, sorted by it.
func joined(all []atAddr) []atAddr {
	slices.SortStableFunc(all, func(a, b atAddr) int { return cmp.Compare(a.addr, b.addr) })
	byAddr := all[:0]
	for _, p := range all {
		if n := len(byAddr); n > 0 && byAddr[n-1].addr == p.addr {
			last := &byAddr[n-1]
			if last.sym < 0 {
				last.sym = p.sym
			}
			last.optimized = last.optimized || p.optimized
		} else {
			byAddr = append(byAddr, p)
		}
	}
	return slices.Clip(byAddr)
}

// at returns what the symbols of an entry at addr say; ok: there are any.
func (t *Table) at(entry int32, addr uint64) (p atAddr, ok bool) {
	if byAddr := t.addrs[entry]; byAddr != nil {
		i, ok := slices.BinarySearchFunc(byAddr, addr, func(p atAddr, addr uint64) int { return cmp.Compare(p.addr, addr) })
		if !ok {
			return atAddr{addr: addr, sym: -1}, false
		}
		return byAddr[i], true
	}
	p = atAddr{addr: addr, sym: -1}
	for i := entry; i >= 0; i = t.follow(i) {
		if t.symbols[i].addr != addr {
			continue
		}
		ok = true
		if suffix := t.suffix(i); len(suffix) > 0 {
			if p.sym < 0 {
				p.sym = i
			}
			p.optimized = p.optimized || isOptimized(suffix)
		}
	}
	return p, ok
}

// suffix returns the name of a symbol from its first '.' on.
func (t *Table) suffix(sym int32) []byte {
	s := &t.symbols[sym]
	return t.bytes(s.name)[s.key:]
}
