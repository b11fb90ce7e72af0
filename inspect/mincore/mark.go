package mincore

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
)

// A way is how marking goes on from a type to what it refers to.
type way uint8

const (
	stopAtPointers way = iota // what a field is of
	throughAll                // pointers are followed; structs end it
	matched                   // members are kept and followed, up to a pointer
	behindPointer             // the same, behind that pointer: a struct ends it
	ways
)

// A set is one of small numbers.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) has(i uint32) bool { return s[i/64]>>(i%64)&1 != 0 }

// add adds a number and reports whether it was missing.
func (s set) add(i uint32) bool {
	had := s.has(i)
	s[i/64] |= 1 << (i % 64)
	return !had
}

// marks are what is kept of a kernel's types.
type marks struct {
	types   *btf.Types
	reached [ways]set // types by ID, that marking has come to
	members set       // by the index of their first word in Types.Words
	queue   []reach
}

type reach struct {
	id  btf.ID
	way way
}

func newMarks(t *btf.Types) *marks {
	m := &marks{types: t, members: newSet(len(t.Words()))}
	for i := range m.reached {
		m.reached[i] = newSet(int(t.NumIDs()))
	}
	return m
}

// hasMember reports whether member i of a type is kept.
func (m *marks) hasMember(id btf.ID, i int) bool { return m.members.has(m.memberWord(id, i)) }

func (m *marks) addMember(id btf.ID, i int) { m.members.add(m.memberWord(id, i)) }

func (m *marks) memberWord(id btf.ID, i int) uint32 {
	const head, words = 3, 3 // of a record, and of a member
	return m.types.Starts()[id-m.types.FirstID()] + head + words*uint32(i)
}

// add keeps what a relocation that matched needs (bpftool: btfgen_record_reloc).
func (m *marks) add(v *view, kind ext.CoreKind, s *spec) error {
	switch {
	case kind.IsField():
		return m.field(v, s)
	case kind.IsEnumval():
		return m.mark(s.root, stopAtPointers)
	case kind == ext.TypeMatches:
		return m.mark(s.root, matched)
	}
	return m.mark(s.root, throughAll)
}

// field keeps the structs and members on the way to a field, and the types of these
// members.
func (m *marks) field(v *view, s *spec) error {
	if err := m.mark(s.root, stopAtPointers); err != nil {
		return err
	}
	id := s.root
	for _, index := range s.raw[1:] {
		var rec btf.Record
		var err error
		if id, rec, err = v.skip(id); err != nil {
			return err
		}
		switch {
		case rec.Kind().IsComposite() && int(index) < rec.Vlen():
			m.addMember(id, int(index))
			id = rec.Member(int(index)).Type
			if err := m.mark(id, stopAtPointers); err != nil {
				return err
			}
		case rec.Kind() == btf.KindArray:
			id = rec.Array().Elem
		default:
			return errors.New("its field is in no struct or array")
		}
	}
	return nil
}

// mark keeps a type and what follows from that. Each type is come to once by each way.
func (m *marks) mark(id btf.ID, by way) error {
	m.reach(id, by)
	for len(m.queue) > 0 {
		r := m.queue[len(m.queue)-1]
		m.queue = m.queue[:len(m.queue)-1]
		follow := m.follow
		if r.way >= matched {
			follow = m.followMatch
		}
		if !follow(r, m.types.Record(r.id)) {
			return fmt.Errorf("type %d of the kernel is a %v, which cannot be kept for this", r.id, m.types.Record(r.id).Kind())
		}
	}
	return nil
}

func (m *marks) reach(id btf.ID, by way) {
	if id != 0 && m.reached[by].add(uint32(id)) {
		m.queue = append(m.queue, reach{id, by})
	}
}

// follow goes on from a type. It reports false for a kind that does not occur in what
// programs look at (bpftool: btfgen_mark_type).
func (m *marks) follow(r reach, rec btf.Record) bool {
	switch rec.Kind() {
	case btf.KindInt, btf.KindFloat, btf.KindEnum, btf.KindEnum64, btf.KindStruct, btf.KindUnion:
	case btf.KindPtr:
		if r.way == throughAll {
			m.reach(rec.Type(), r.way)
		}
	case btf.KindConst, btf.KindRestrict, btf.KindVolatile, btf.KindTypedef, btf.KindArray, btf.KindFuncProto:
		for id := range rec.Refs() {
			m.reach(id, r.way)
		}
	default:
		return false
	}
	return true
}

// followMatch is follow for types that are matched (bpftool: btfgen_mark_type_match).
func (m *marks) followMatch(r reach, rec btf.Record) bool {
	switch rec.Kind() {
	case btf.KindInt, btf.KindFloat, btf.KindEnum, btf.KindEnum64, btf.KindFwd:
	case btf.KindStruct, btf.KindUnion:
		if r.way == behindPointer {
			break
		}
		for i, member := range rec.Members() {
			m.addMember(r.id, i)
			m.reach(member.Type, matched)
		}
	case btf.KindPtr:
		m.reach(rec.Type(), behindPointer)
	case btf.KindConst, btf.KindRestrict, btf.KindVolatile, btf.KindTypedef:
		m.reach(rec.Type(), r.way)
	case btf.KindArray, btf.KindFuncProto:
		for id := range rec.Refs() {
			m.reach(id, matched)
		}
	default:
		return false
	}
	return true
}
