package symtab

import (
	"cmp"
	"slices"
)

// scanLimit is the number of symbols up to which an entry is searched from end
// to end. In a kernel a few entries have more; in a hostile file one entry may
// have millions, and a question for each of as many functions.
const scanLimit = 32

// place is what the symbols of one entry at one address say together.
type place struct {
	addr      uint64
	sym       int32 // first symbol with a suffix, -1 is none
	optimized bool  // a symbol has an .isra or .constprop suffix
}

// indexPlaces makes places for the entries that have too many symbols.
func (t *Table) indexPlaces() {
	for _, s := range t.slots {
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
				t.indexEntry(e)
			}
			if i == int32(s.last-1) {
				break
			}
		}
	}
}

func (t *Table) indexEntry(entry int32) {
	var all []place
	for i := entry; i >= 0; i = t.follow(i) {
		p := place{addr: t.symbols[i].addr, sym: -1}
		if suffix := t.suffix(i); len(suffix) > 0 {
			p.sym, p.optimized = i, isOptimized(suffix)
		}
		all = append(all, p)
	}
	if len(all) <= scanLimit {
		return
	}
	if t.places == nil {
		t.places = map[int32][]place{}
	}
	t.places[entry] = joined(all)
}

// joined returns one place for each address, sorted by it.
func joined(all []place) []place {
	slices.SortStableFunc(all, func(a, b place) int { return cmp.Compare(a.addr, b.addr) })
	places := all[:0]
	for _, p := range all {
		if n := len(places); n > 0 && places[n-1].addr == p.addr {
			last := &places[n-1]
			if last.sym < 0 {
				last.sym = p.sym
			}
			last.optimized = last.optimized || p.optimized
		} else {
			places = append(places, p)
		}
	}
	return slices.Clip(places)
}

// at returns what the symbols of an entry at addr say; ok: there are any.
func (t *Table) at(entry int32, addr uint64) (p place, ok bool) {
	if places := t.places[entry]; places != nil {
		i, ok := slices.BinarySearchFunc(places, addr, func(p place, addr uint64) int { return cmp.Compare(p.addr, addr) })
		if !ok {
			return place{addr: addr, sym: -1}, false
		}
		return places[i], true
	}
	p = place{addr: addr, sym: -1}
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
