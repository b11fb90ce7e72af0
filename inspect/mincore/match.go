package mincore

import (
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
)

// A matcher compares a program's types with a kernel's.
type matcher struct {
	local, target *view
	work          *budget
}

// match tries a candidate, and fills in its spec if it matches (libbpf:
// bpf_core_spec_match).
func (m *matcher) match(r *relo, candidate btf.ID, s *spec) (bool, error) {
	s.clear(candidate)
	switch {
	case r.Kind.IsField():
		return m.field(r.spec, candidate, s)
	case r.Kind.IsEnumval():
		return m.enumerator(r.spec.last().name, candidate, s)
	case r.Kind == ext.TypeMatches:
		return m.typesMatch(r.Type, candidate, false, maxDepth)
	}
	return m.typesCompatible(r.Type, candidate, maxDepth)
}

func (m *matcher) enumerator(local string, candidate btf.ID, s *spec) (bool, error) {
	id, rec, err := m.target.skip(candidate)
	if err != nil || !rec.Kind().IsAnyEnum() {
		return false, err
	}
	local = essential(local)
	for i, e := range rec.EnumValues() {
		same, err := m.hasEssential(e.Name, local)
		if err != nil {
			return false, err
		}
		if same {
			s.points = append(s.points, point{id, uint32(i), local, true})
			s.raw = append(s.raw, uint32(i))
			return true, nil
		}
	}
	return false, nil
}

// hasEssential reports whether a name of the kernel, without a flavour, is local.
func (m *matcher) hasEssential(off btf.StrOff, local string) (bool, error) {
	text := m.target.Text()[off:]
	if err := m.work.spend(1 + len(local)/32); err != nil || !strings.HasPrefix(text, local) {
		return false, err
	}
	if text[len(local)] == 0 {
		return essential(local) == local, nil
	}
	if local != "" && !strings.HasPrefix(text[len(local):], "___") {
		return false, nil
	}
	name, err := m.target.name(off)
	return essential(name) == local, err
}

// field finds the points of a local spec in a candidate.
func (m *matcher) field(local *spec, candidate btf.ID, s *spec) (bool, error) {
	id := candidate
	for i, p := range local.points {
		var rec btf.Record
		var err error
		if id, rec, err = m.target.skip(id); err != nil {
			return false, err
		}
		if p.named {
			found, next, err := m.member(p, id, s)
			if err != nil || !found {
				return false, err
			}
			id = next
			continue
		}
		if i > 0 {
			if rec.Kind() != btf.KindArray {
				return false, nil
			}
			a := rec.Array()
			if p.index >= a.Len && !isFlexible(m.target, s.last(), a) {
				return false, nil
			}
			if id, _, err = m.target.skip(a.Elem); err != nil {
				return false, err
			}
		}
		if len(s.raw) == maxSpec {
			return false, errDeep
		}
		if err := s.element(m.target, id, p.index); err != nil {
			return false, err
		}
	}
	return true, nil
}

// member looks for a member by name, also in anonymous members, and adds it to the spec. It
// returns its type. That has to be compatible, or it is as if there were none (libbpf:
// bpf_core_match_member).
func (m *matcher) member(local point, id btf.ID, s *spec) (found bool, typ btf.ID, err error) {
	id, rec, err := m.target.skip(id)
	if err != nil || !rec.Kind().IsComposite() {
		return false, 0, err
	}
	text := m.target.Text()
	for i, tm := range rec.Members() {
		if len(s.raw) == maxSpec {
			return false, 0, errDeep
		}
		if err := m.work.spend(1 + len(local.name)/32); err != nil {
			return false, 0, err
		}
		name := text[tm.Name:]
		anonymous := name[0] == 0
		if !anonymous && (!strings.HasPrefix(name, local.name) || name[len(local.name)] != 0) {
			continue
		}
		s.bits += tm.Offset
		s.raw = append(s.raw, uint32(i))
		if anonymous {
			if found, typ, err := m.member(local, tm.Type, s); found || err != nil {
				return found, typ, err
			}
			s.bits -= tm.Offset
			s.raw = s.raw[:len(s.raw)-1]
			continue
		}
		own := m.local.Record(local.in).Member(int(local.index)).Type
		ok, err := m.fieldsCompatible(own, tm.Type)
		if err != nil || !ok {
			s.bits -= tm.Offset
			s.raw = s.raw[:len(s.raw)-1]
			return false, 0, err
		}
		s.points = append(s.points, point{id, uint32(i), local.name, true})
		return true, tm.Type, nil
	}
	return false, 0, nil
}
