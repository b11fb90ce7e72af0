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
	for e := int32(0); int(e) < t.Len(); e++ {
		if t.NumSymbols(e) <= scanLimit {
			continue
		}
		if t.places == nil {
			t.places = map[int32][]place{}
		}
		t.places[e] = t.placesOf(e)
	}
}

// placesOf returns the places of an entry, sorted by address.
func (t *Table) placesOf(entry int32) []place {
	all := make([]place, 0, t.NumSymbols(entry))
	for i, s := range t.symbolsOf(entry) {
		p := place{addr: s.addr, sym: -1}
		if suffix := t.suffix(entry, s); len(suffix) > 0 {
			p.sym, p.optimized = int32(i), isOptimized(suffix)
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b place) int { return cmp.Compare(a.addr, b.addr) })
	joined := all[:0]
	for _, p := range all {
		if n := len(joined); n > 0 && joined[n-1].addr == p.addr {
			last := &joined[n-1]
			if last.sym < 0 {
				last.sym = p.sym
			}
			last.optimized = last.optimized || p.optimized
		} else {
			joined = append(joined, p)
		}
	}
	return slices.Clip(joined)
}

// at returns what the symbols of an entry at addr say; ok: there are any.
func (t *Table) at(entry int32, addr uint64) (p place, ok bool) {
	if t.NumSymbols(entry) > scanLimit {
		places := t.places[entry]
		i, ok := slices.BinarySearchFunc(places, addr, func(p place, addr uint64) int { return cmp.Compare(p.addr, addr) })
		if !ok {
			return place{addr: addr, sym: -1}, false
		}
		return places[i], true
	}
	p = place{addr: addr, sym: -1}
	for i, s := range t.symbolsOf(entry) {
		if s.addr != addr {
			continue
		}
		ok = true
		if suffix := t.suffix(entry, s); len(suffix) > 0 {
			if p.sym < 0 {
				p.sym = int32(i)
			}
			p.optimized = p.optimized || isOptimized(suffix)
		}
	}
	return p, ok
}

// suffix returns the name of a symbol of an entry from its first '.' on.
func (t *Table) suffix(entry int32, s tableSymbol) []byte {
	return t.bytes(s.name)[t.keys.spans[entry].len:]
}
