package cheader

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// A sorter compares types as bpftool does: by rank, by the name of what they lead to,
// by their own, by a hash, by ID.
type sorter struct {
	p     *printer
	types *btf.Types
	keys  []sortKey
	sums  map[btf.ID]uint64 // hashes of those that were compared
	chain []link            // being gone through
}

// A sortKey has what nearly always decides.
type sortKey struct {
	rankPrefix uint64     // the rank, and the first bytes of the name that the type goes by
	name       btf.StrOff // that name
	id         btf.ID
}

func (k sortKey) rank() rank { return rank(k.rankPrefix >> (64 - rankBits)) }

// rankBits is what a rank takes at the top of a key. The bits of the name that it takes the
// room of decide nothing: names that differ there are compared.
const rankBits = 3

func newSorter(p *printer) *sorter {
	return &sorter{p: p, types: p.types, keys: make([]sortKey, 0, len(p.mayRank)), sums: make(map[btf.ID]uint64)}
}

// ranked gathers the types that have a rank before the last one, and returns the first of all types.
func (s *sorter) ranked() (first btf.ID) {
	var least sortKey
	for _, id := range s.p.mayRank {
		k := s.key(id)
		if k.rank() == rankRest {
			continue
		}
		if first == 0 || s.compare(k, least) < 0 {
			first, least = id, k
		}
		if defines(s.types.Record(id).Kind()) {
			s.keys = append(s.keys, k)
		}
	}
	if first != 0 {
		return first
	}
	least = s.key(0)
	for id := range s.types.All() {
		if k := s.key(id); s.compare(k, least) < 0 {
			first, least = id, k
		}
	}
	return first
}

// ids sorts what was gathered, and returns the IDs, but for that of the first of all types.
func (s *sorter) ids(first btf.ID) []btf.ID {
	s.sort()
	ids := make([]btf.ID, 0, len(s.keys))
	for _, k := range s.keys {
		if k.id != first {
			ids = append(ids, k.id)
		}
	}
	return ids
}

func (s *sorter) key(id btf.ID) sortKey {
	of := s.leadsTo(id)
	rank, name := rankOf(s.types.Record(id), s.types.Record(of)), s.name(id, of)
	return sortKey{uint64(rank)<<(64-rankBits) | prefixOf(s.types.TextFrom(name))>>rankBits, name, id}
}

// sort sorts the keys: all of them by rank and prefix, which takes no comparisons, and then
// those that have these in common.
func (s *sorter) sort() {
	s.keys = sortByPrefix(s.keys)
	for keys := s.keys; len(keys) > 0; {
		n := 1
		for n < len(keys) && keys[n].rankPrefix == keys[0].rankPrefix {
			n++
		}
		if n > 1 {
			slices.SortFunc(keys[:n], s.compare)
		}
		keys = keys[n:]
	}
}

// sortByPrefix sorts keys from the last digit of their prefixes to the first, and leaves equal
// ones in their order. It may use the room of keys for the result, or not.
func sortByPrefix(keys []sortKey) []sortKey {
	const digit = 11 // bits
	other := make([]sortKey, len(keys))
	for shift := 0; shift < 64; shift += digit {
		var ends [1 << digit]int
		for i := range keys {
			ends[keys[i].rankPrefix>>shift%(1<<digit)]++
		}
		end := 0
		for d, n := range ends {
			ends[d] = end
			end += n
		}
		for i := range keys {
			at := &ends[keys[i].rankPrefix>>shift%(1<<digit)]
			other[*at] = keys[i]
			*at++
		}
		keys, other = other, keys
	}
	return keys
}

func (s *sorter) compare(a, b sortKey) int {
	if a.rankPrefix != b.rankPrefix {
		return cmp.Compare(a.rankPrefix, b.rankPrefix)
	}
	if c := s.compareNames(a.name, b.name); c != 0 {
		return c
	}
	if c := s.compareNames(s.types.Record(a.id).NameOff(), s.types.Record(b.id).NameOff()); c != 0 {
		return c
	}
	if c := cmp.Compare(s.hash(a.id), s.hash(b.id)); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

// compareNames compares names that are often one.
func (s *sorter) compareNames(a, b btf.StrOff) int {
	if a == b {
		return 0
	}
	return compareCStrings(s.types.TextFrom(a), s.types.TextFrom(b))
}

// compareCStrings compares the strings before the first NUL bytes of two texts, which have one.
func compareCStrings(a, b string) int {
	for len(a) >= 8 && len(b) >= 8 {
		x, y := prefixOf(a), prefixOf(b)
		if x != y {
			return cmp.Compare(x, y)
		}
		if x&0xff == 0 { // both have ended
			return 0
		}
		a, b = a[8:], b[8:]
	}
	return strings.Compare(a[:strings.IndexByte(a, 0)], b[:strings.IndexByte(b, 0)])
}

// name returns the name that a type goes by: that of what it leads to. An enum without
// a name that is looked at for itself goes by its first value.
func (s *sorter) name(id, of btf.ID) btf.StrOff {
	if id == of {
		if rec := s.types.Record(id); rec.Kind().IsAnyEnum() && rec.NameOff() == 0 && rec.Vlen() > 0 {
			return rec.EnumValue(0).Name
		}
	}
	return s.types.Record(of).NameOff()
}

// leadsTo returns the type at the end of the references that the order looks through.
func (s *sorter) leadsTo(id btf.ID) btf.ID {
	for {
		rec := s.types.Record(id)
		if !refers(rec.Kind()) || !s.p.step(id) {
			return id
		}
		id = target(rec)
	}
}

// prefixOf returns a number that is in the order of the first eight bytes of the string that
// text begins with.
func prefixOf(text string) uint64 {
	if len(text) >= 8 {
		const ones, highs = 0x0101010101010101, 0x8080808080808080
		v := binary.LittleEndian.Uint64([]byte(text[:8]))
		prefix := bits.ReverseBytes64(v)
		if zero := (v - ones) &^ v & highs; zero != 0 {
			prefix &= ^(^uint64(0) >> (bits.TrailingZeros64(zero) / 8 * 8))
		}
		return prefix
	}
	var v uint64
	for i := 0; i < len(text) && text[i] != 0; i++ {
		v |= uint64(text[i]) << (56 - 8*i)
	}
	return v
}
