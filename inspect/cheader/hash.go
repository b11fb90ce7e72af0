package cheader

import "github.com/gopahole/gopahole/btf"

// hash tells types apart that have the same names. The sums are bpftool's, since they
// decide about an order: each goes from a type to what it refers to, and once into members.
func (s *sorter) hash(id btf.ID) uint64 {
	first := len(s.chain)
	sum, known := s.sums[id]
	for !known {
		rec := s.types.Record(id)
		sum = s.own(rec)
		if rec.Kind().IsComposite() {
			for _, m := range rec.Members() {
				sum = mix(s.mixName(sum, m.Name), s.memberSum(m.Type))
			}
		}
		if !refers(rec.Kind()) || !s.p.step(id) {
			s.sums[id] = sum
			break
		}
		s.chain = append(s.chain, link{id, sum})
		id = target(rec)
		sum, known = s.sums[id]
	}
	// What is later in the chain is mixed into what is earlier.
	for i := len(s.chain) - 1; i >= first; i-- {
		sum = mix(s.chain[i].sum, sum)
		s.sums[s.chain[i].id] = sum
	}
	s.chain = s.chain[:first]
	return sum
}

// A link is a type on the way to what it refers to, and the sum of what it is itself.
type link struct {
	id  btf.ID
	sum uint64
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
	text := s.types.TextFrom(off)
	v := uint64(0)
	for i := 0; text[i] != 0; i++ { // the last string of a section ends as well
		v = mix(v, uint64(int8(text[i])))
	}
	return mix(sum, v)
}
