package cheader

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// order returns the IDs of the types that may write something, as bpftool takes them:
// by ID, or sorted so that the headers of two kernels can be compared. Sorted, it
// takes void as well, and leaves out the first, in whose place void is: an enum
// without a name that nothing refers to is not in its header.
func (p *printer) order(unsorted bool) []btf.ID {
	ids := make([]btf.ID, 0, p.types.NumIDs())
	if unsorted {
		for id, rec := range p.types.All() {
			if defines(rec.Kind()) {
				ids = append(ids, id)
			}
		}
		return ids
	}
	s := newSorter(p)
	first := s.key(0)
	for id, rec := range p.types.All() {
		k := s.key(id)
		if s.compare(k, first) < 0 {
			first = k
		}
		if defines(rec.Kind()) {
			s.keys = append(s.keys, k)
		}
	}
	s.sort()
	for _, k := range s.keys {
		if k.id != first.id {
			ids = append(ids, k.id)
		}
	}
	return ids
}

// defines reports whether a type of a kind may be a definition, or lead to one.
func defines(kind btf.Kind) bool {
	switch kind {
	case btf.KindFunc, btf.KindVar, btf.KindDatasec, btf.KindDeclTag:
		return false
	}
	return kind.Known()
}

// A sorter compares types as bpftool does: by rank, by the name of what they lead to,
// by their own, by a hash, by ID.
type sorter struct {
	p     *printer
	types *btf.Types
	keys  []sortKey
	sums  []uint64 // hashes by ID, where known is set
	known []bool
	chain []btf.ID // being gone through
}

// A sortKey has what nearly always decides.
type sortKey struct {
	rankPrefix uint64     // the rank, and the first bytes of the name that the type goes by
	name, own  btf.StrOff // of the name that the type goes by, and of its own
	id         btf.ID
}

// rankBits is what a rank takes at the top of a key. The bits of the name that it takes the
// room of decide nothing: names that differ there are compared.
const rankBits = 3

func newSorter(p *printer) *sorter {
	n := p.types.NumIDs()
	return &sorter{p: p, types: p.types, keys: make([]sortKey, 0, n), sums: make([]uint64, n), known: make([]bool, n)}
}

func (s *sorter) key(id btf.ID) sortKey {
	of := s.leadsTo(id)
	rec, name := s.types.Record(id), s.name(id, of)
	rank := rankOf(rec, s.types.Record(of))
	return sortKey{uint64(rank)<<(64-rankBits) | prefixOf(s.from(name))>>rankBits, name, rec.NameOff(), id}
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
	if c := s.compareNames(a.own, b.own); c != 0 {
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
	return strings.Compare(s.string(a), s.string(b))
}

func (s *sorter) string(off btf.StrOff) string {
	name, _ := s.types.String(off)
	return name
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

// from returns the strings from an offset on, in the section that has it.
func (s *sorter) from(off btf.StrOff) string {
	t := s.types
	for off < t.StringStart() {
		t = t.Base()
	}
	return t.Text()[off-t.StringStart():]
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

// A rank is which part of the header a type belongs to.
type rank uint8

const (
	rankAnonEnum rank = iota
	rankEnum
	rankNumber
	rankComposite
	rankProto
	rankRest
)

// rankOf returns the rank of a type: of one that has a name and leads to another one
// the rank of that.
func rankOf(rec, of btf.Record) rank {
	named := rec.NameOff() != 0
	if named {
		rec = of
	}
	kind := rec.Kind()
	switch {
	case kind.IsAnyEnum() && named:
		return rankEnum
	case kind.IsAnyEnum():
		return rankAnonEnum
	case kind == btf.KindInt || kind == btf.KindFloat:
		return rankNumber
	case kind.IsComposite() && named:
		return rankComposite
	case kind == btf.KindFuncProto && named:
		return rankProto
	}
	return rankRest
}

// refers reports whether the order looks through a kind at what it refers to.
func refers(kind btf.Kind) bool {
	return kind.IsModifier() || kind == btf.KindPtr || kind == btf.KindDeclTag || kind == btf.KindArray
}

// target returns what a type that refers to another one refers to.
func target(rec btf.Record) btf.ID {
	if rec.Kind() == btf.KindArray {
		return rec.Array().Elem
	}
	return rec.Type()
}

// hash tells types apart that have the same names. The sums are bpftool's, since they
// decide about an order: each goes from a type to what it refers to, and once into members.
func (s *sorter) hash(id btf.ID) uint64 {
	first := len(s.chain)
	for !s.known[id] {
		rec := s.types.Record(id)
		sum := s.own(rec)
		if rec.Kind().IsComposite() {
			for _, m := range rec.Members() {
				sum = mix(s.mixName(sum, m.Name), s.memberSum(m.Type))
			}
		}
		s.sums[id] = sum
		if !refers(rec.Kind()) || !s.p.step(id) {
			s.known[id] = true
			break
		}
		s.chain = append(s.chain, id)
		id = target(rec)
	}
	sum := s.sums[id]
	// What is later in the chain is mixed into what is earlier.
	for i := len(s.chain) - 1; i >= first; i-- {
		id := s.chain[i]
		sum = mix(s.sums[id], sum)
		s.sums[id], s.known[id] = sum, true
	}
	s.chain = s.chain[:first]
	return sum
}

// own returns what a type itself adds to a sum.
func (s *sorter) own(rec btf.Record) uint64 {
	sum := s.mixName(0, rec.NameOff())
	switch kind := rec.Kind(); {
	case kind.IsAnyEnum():
		for _, v := range rec.EnumValues() {
			sum = s.mixName(sum, v.Name)
		}
	case kind == btf.KindArray:
		sum = mix(sum, uint64(rec.Array().Len))
	}
	return sum
}

// memberSum is hash for the type of a member, without the members that this may have.
func (s *sorter) memberSum(id btf.ID) uint64 {
	var buf [16]uint64
	earlier := buf[:0]
	for {
		rec := s.types.Record(id)
		sum := s.own(rec)
		if !refers(rec.Kind()) || !s.p.step(id) {
			for i := len(earlier) - 1; i >= 0; i-- {
				sum = mix(earlier[i], sum)
			}
			return sum
		}
		earlier = append(earlier, sum)
		id = target(rec)
	}
}

func mix(sum, v uint64) uint64 { return sum*31 + v }

// mixName mixes the hash of a name into a sum. Bytes have a sign, as on x86.
func (s *sorter) mixName(sum uint64, off btf.StrOff) uint64 {
	if off == 0 {
		return sum
	}
	text := s.from(off)
	v := uint64(0)
	for i := 0; text[i] != 0; i++ { // the last string of a section ends as well
		v = mix(v, uint64(int8(text[i])))
	}
	return mix(sum, v)
}
