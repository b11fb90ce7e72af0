package cheader

import (
	"cmp"
	"encoding/binary"
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
	slices.SortFunc(s.keys, s.compare)
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
}

// A sortKey has what nearly always decides.
type sortKey struct {
	prefix    uint64     // the first bytes of the name that the type goes by
	name, own btf.StrOff // of the name that the type goes by, and of its own
	id        btf.ID
	rank      rank
}

func newSorter(p *printer) *sorter {
	n := p.types.NumIDs()
	return &sorter{p, p.types, make([]sortKey, 0, n), make([]uint64, n), make([]bool, n)}
}

func (s *sorter) key(id btf.ID) sortKey {
	of := s.leadsTo(id)
	rec, name := s.types.Record(id), s.name(id, of)
	return sortKey{prefixOf(s.string(name)), name, rec.NameOff(), id, rankOf(rec, s.types.Record(of))}
}

func (s *sorter) compare(a, b sortKey) int {
	if a.rank != b.rank {
		return cmp.Compare(a.rank, b.rank)
	}
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
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

// prefixOf returns a number that is in the order of the first eight bytes.
func prefixOf(name string) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64([]byte(name[:8]))
	}
	var v uint64
	for i := range len(name) {
		v |= uint64(name[i]) << (56 - 8*i)
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
	rankRest rank = 10
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
// decide about an order.
func (s *sorter) hash(id btf.ID) uint64 {
	if !s.known[id] {
		s.sums[id], s.known[id] = s.sum(id, true), true
	}
	return s.sums[id]
}

// sum goes from a type to what it refers to, and once into members.
func (s *sorter) sum(id btf.ID, members bool) uint64 {
	// What is later in the chain is mixed into what is earlier.
	var buf [16]uint64
	earlier := buf[:0]
	for {
		rec := s.types.Record(id)
		kind := rec.Kind()
		sum := s.mixName(0, rec.NameOff())
		switch {
		case kind.IsAnyEnum():
			for _, v := range rec.EnumValues() {
				sum = s.mixName(sum, v.Name)
			}
		case kind.IsComposite() && members:
			for _, m := range rec.Members() {
				sum = mix(s.mixName(sum, m.Name), s.sum(m.Type, false))
			}
		case kind == btf.KindArray:
			sum = mix(sum, uint64(rec.Array().Len))
		}
		if !refers(kind) || !s.p.step(id) {
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
	name, _ := s.types.String(off)
	v := uint64(0)
	for i := range len(name) {
		v = mix(v, uint64(int8(name[i])))
	}
	return mix(sum, v)
}
