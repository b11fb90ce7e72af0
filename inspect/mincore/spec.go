package mincore

import (
	"errors"
	"fmt"
	"math"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
)

// maxSpec is how many numbers an access may have, and how many members and elements may
// lead to a field (libbpf: BPF_CORE_SPEC_MAX_LEN).
const maxSpec = 64

// A spec is what a relocation refers to, in the program's types or in the kernel's (libbpf:
// struct bpf_core_spec). The access 0:1:2:3 of
//
//	struct s { int x; struct { int y, z, a[7]; }; };
//
// has the points "the struct at 0", "a", "element 3"; anonymous members are none.
type spec struct {
	root   btf.ID
	points []point
	raw    []uint32 // a number for each point and each anonymous member
	bits   uint32   // offset of the field in the root
}

// A point is a member or enumerator, which has a name, or an element.
type point struct {
	in    btf.ID // the type with the member; of an element its type
	index uint32
	name  string
	named bool
}

func (s *spec) last() point { return s.points[len(s.points)-1] }

// element adds an element.
func (s *spec) element(v *view, id btf.ID, index uint32) error {
	size, err := v.size(id)
	if err != nil {
		return err
	}
	s.points = append(s.points, point{in: id, index: index})
	s.raw = append(s.raw, index)
	s.bits += index * size * 8
	return nil
}

// clear makes s an empty spec of a root, with its memory.
func (s *spec) clear(root btf.ID) {
	*s = spec{root: root, points: s.points[:0], raw: s.raw[:0]}
}

// parseAccess reads a text such as 0:1:3.
func parseAccess(t *btf.Types, off btf.StrOff, numbers []uint32) ([]uint32, error) {
	text := t.Text()[min(uint64(off), uint64(len(t.Text()))):]
	const digits = 10 // of a number
	for i := 0; i < len(text); {
		start, n := i, uint64(0)
		for ; i < len(text) && text[i] >= '0' && text[i] <= '9' && i-start < digits; i++ {
			n = 10*n + uint64(text[i]-'0')
		}
		if i == start || i == len(text) || n > math.MaxInt32 {
			break
		}
		if len(numbers) == maxSpec {
			return nil, errDeep
		}
		numbers = append(numbers, uint32(n))
		switch text[i] {
		case 0:
			return numbers, nil
		case ':':
			i++
		default:
			i = len(text)
		}
	}
	return nil, fmt.Errorf("its access, at %#x of the strings, is no list of numbers such as 0:1:3", uint32(off))
}

// parseSpec makes the spec of a relocation in the program's own types (libbpf:
// bpf_core_parse_spec).
func parseSpec(v *view, r ext.CoreRelo) (*spec, error) {
	raw, err := parseAccess(v.Types, r.Access, nil)
	if err != nil {
		return nil, err
	}
	s := &spec{root: r.Type}
	if !r.Kind.IsField() && !r.Kind.IsEnumval() {
		if len(raw) > 1 || raw[0] != 0 {
			return nil, errors.New("its access is not 0, and leads nowhere in a type as a whole")
		}
		return s, nil
	}
	id, rec, err := v.skip(r.Type)
	if err != nil {
		return nil, err
	}
	if r.Kind.IsEnumval() {
		return s, s.enumerator(v, id, rec, raw)
	}
	if err := s.element(v, id, raw[0]); err != nil {
		return nil, err
	}
	for _, index := range raw[1:] {
		if id, err = s.step(v, id, index); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *spec) enumerator(v *view, id btf.ID, rec btf.Record, raw []uint32) error {
	if !rec.Kind().IsAnyEnum() || len(raw) > 1 || uint64(raw[0]) >= uint64(rec.Vlen()) {
		return errors.New("its access leads to no enumerator")
	}
	name, err := v.name(rec.EnumValue(int(raw[0])).Name)
	s.points = append(s.points, point{id, raw[0], name, true})
	s.raw = raw
	return err
}

// step goes on from a type to a member or an element of it, and returns the type of that.
func (s *spec) step(v *view, id btf.ID, index uint32) (btf.ID, error) {
	id, rec, err := v.skip(id)
	if err != nil {
		return 0, err
	}
	switch {
	case rec.Kind().IsComposite():
		if uint64(index) >= uint64(rec.Vlen()) {
			return 0, fmt.Errorf("its access asks for member %d of %d", index, rec.Vlen())
		}
		m := rec.Member(int(index))
		s.bits += m.Offset
		if m.Name != 0 {
			name, err := v.name(m.Name)
			if err != nil {
				return 0, err
			}
			if name == "" {
				return 0, errors.New("its access leads to a member whose name is empty")
			}
			s.points = append(s.points, point{id, index, name, true})
		}
		s.raw = append(s.raw, index)
		return m.Type, nil
	case rec.Kind() == btf.KindArray:
		if a := rec.Array(); index >= a.Len && !isFlexible(v, s.last(), a) {
			return 0, fmt.Errorf("its access asks for element %d of %d", index, a.Len)
		}
		elem, _, err := v.skip(rec.Array().Elem)
		if err != nil {
			return 0, err
		}
		return elem, s.element(v, elem, index)
	}
	return 0, fmt.Errorf("its access goes into a %v, which has no members or elements", rec.Kind())
}

// isFlexible reports whether an array at a point ends a struct, and has any number of
// elements.
func isFlexible(v *view, at point, a btf.Array) bool {
	return at.named && a.Len == 0 && uint64(at.index)+1 == uint64(v.Record(at.in).Vlen())
}
