package diff

import (
	"encoding/binary"
	"iter"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// An identity is a number that equal types of both sides have in common.
type identity uint32

const (
	unknown identity = 0
	pending identity = ^identity(0) // what it is made of is being looked at
	void    identity = 1
)

// identities are those of both sides.
type identities struct {
	last    identity
	byName  map[named]identity
	pointer map[wrapped]identity
	content map[string]identity
	of      []named // by identity, the zero value for types without a name
}

// named is what a type with a name is known by.
type named struct {
	sort sort
	name uint32
}

// wrapped is what a type is known by that only leads to another one.
type wrapped struct {
	kind btf.Kind
	to   identity
}

func newIdentities(some int) *identities {
	return &identities{
		last: void, of: make([]named, void+1, some+2),
		byName: make(map[named]identity, some), pointer: make(map[wrapped]identity, some/4), content: make(map[string]identity, some/4),
	}
}

func (d *identities) next(n named) identity {
	d.last++
	d.of = append(d.of, n)
	return d.last
}

func (d *identities) ofName(n named) identity {
	known, ok := d.byName[n]
	if !ok {
		known = d.next(n)
		d.byName[n] = known
	}
	return known
}

func (d *identities) ofPointer(w wrapped) identity {
	known, ok := d.pointer[w]
	if !ok {
		known = d.next(named{})
		d.pointer[w] = known
	}
	return known
}

func (d *identities) ofContent(content []byte) identity {
	known, ok := d.content[string(content)]
	if !ok {
		known = d.next(named{})
		d.content[string(content)] = known
	}
	return known
}

// A side is one of the BTFs that are compared. One that is split may stand on a side that has
// been identified, which does not change.
type side struct {
	types  *btf.Types
	base   *side // nil for one that looks at the types of its bases itself
	names  *names
	all    *identities
	from   btf.ID     // the first type that it looks at
	first  btf.StrOff // and the first string
	nameAt []uint32   // by offset - first: the number of the name, and one; 0 where nobody has looked
	ident  []identity // by ID
	tags   map[btf.ID][]tag
	buf    []byte
	stack  []btf.ID
}

// A tag is a DECL_TAG of a type, or of a member or parameter of it.
type tag struct {
	component int // -1 for the type
	name      uint32
	attribute bool // an attribute of C
}

func newSide(t *btf.Types, base *side, n *names, all *identities) *side {
	s := &side{types: t, base: base, names: n, all: all, from: 1, ident: make([]identity, t.NumIDs()), tags: make(map[btf.ID][]tag)}
	s.ident[0] = void
	if base != nil {
		s.from, s.first = t.FirstID(), t.StringStart()
		copy(s.ident, base.ident)
	}
	s.nameAt = make([]uint32, t.StringEnd()-s.first)
	return s
}

// looked are the types that the side looks at.
func (s *side) looked() iter.Seq2[btf.ID, btf.Record] {
	if s.base != nil {
		return s.types.Own()
	}
	return s.types.All()
}

// identify finds the identities of the types.
func (s *side) identify() error {
	for id, rec := range s.looked() {
		if rec.Kind() != btf.KindDeclTag {
			continue
		}
		name, err := s.name(rec.NameOff())
		if err != nil {
			return err
		}
		s.tags[rec.Type()] = append(s.tags[rec.Type()], tag{rec.Component(), name, rec.KindFlag()})
		s.ident[id] = void // nothing refers to one
	}
	for _, tags := range s.tags {
		slices.SortFunc(tags, func(a, b tag) int { return a.compare(b, s.names) })
	}
	for id := s.from; id < s.types.NumIDs(); id++ {
		if s.ident[id] != unknown {
			continue
		}
		if err := s.resolve(id); err != nil {
			return err
		}
	}
	return nil
}

// resolve finds the identity of a type, and of those that it is made of before.
func (s *side) resolve(root btf.ID) error {
	s.stack = append(s.stack[:0], root)
	for len(s.stack) > 0 {
		id := s.stack[len(s.stack)-1]
		known := s.ident[id]
		if known != unknown && known != pending {
			s.stack = s.stack[:len(s.stack)-1]
			continue
		}
		rec := s.types.Record(id)
		kind := sorts[rec.Kind()]
		if kind == notCompared {
			return &KindError{id, rec.Kind()}
		}
		if rec.NameOff() != 0 && kind != noSort {
			name, err := s.name(rec.NameOff())
			if err != nil {
				return err
			}
			if name != 0 {
				s.ident[id] = s.all.ofName(named{sortOf(rec), name})
				continue
			}
		}
		if known == unknown {
			s.ident[id] = pending
			for ref := range rec.Refs() {
				switch s.ident[ref] {
				case unknown:
					s.stack = append(s.stack, ref)
				case pending:
					return &CycleError{ref}
				}
			}
			continue
		}
		var err error
		if s.ident[id], err = s.anonymous(id, rec); err != nil {
			return err
		}
	}
	return nil
}

// anonymous returns the identity of a type without a name, of whose parts it is known.
func (s *side) anonymous(id btf.ID, rec btf.Record) (identity, error) {
	kind := rec.Kind()
	if (kind == btf.KindPtr || kind.IsQualifier()) && s.tags[id] == nil {
		return s.all.ofPointer(wrapped{kind, s.ident[rec.Type()]}), nil
	}
	var err error
	if s.buf, err = s.appendContent(s.buf[:0], id); err != nil {
		return 0, err
	}
	return s.all.ofContent(s.buf), nil
}

// appendContent appends all that a type is but for its own name. Two types have the same
// content if that is equal.
func (s *side) appendContent(b []byte, id btf.ID) ([]byte, error) {
	rec := s.types.Record(id)
	b = append(b, byte(rec.Kind()))
	word := func(w uint32) { b = binary.LittleEndian.AppendUint32(b, w) }
	for _, tag := range s.tags[id] {
		word(tag.name)
		word(uint32(tag.component))
		b = append(b, flag(tag.attribute))
	}
	word(uint32(len(s.tags[id])))
	var failed error
	name := func(off btf.StrOff) {
		number, err := s.name(off)
		if err != nil {
			failed = err
		}
		word(number)
	}
	switch kind := rec.Kind(); kind {
	case btf.KindStruct, btf.KindUnion:
		word(rec.Size())
		for _, m := range rec.Members() {
			name(m.Name)
			word(uint32(s.ident[m.Type]))
			word(m.Offset)
			word(m.Width)
		}
	case btf.KindEnum, btf.KindEnum64:
		word(rec.Size())
		b = append(b, flag(rec.KindFlag()))
		for _, v := range rec.EnumValues() {
			name(v.Name)
			b = binary.LittleEndian.AppendUint64(b, v.Value)
		}
	case btf.KindFuncProto:
		word(uint32(s.ident[rec.Type()]))
		for _, p := range rec.Params() {
			name(p.Name)
			word(uint32(s.ident[p.Type]))
		}
	case btf.KindArray:
		a := rec.Array() // an index of another type is no difference to anybody
		word(uint32(s.ident[a.Elem]))
		word(a.Len)
	case btf.KindInt:
		i := rec.Int()
		word(rec.Size())
		b = append(b, byte(i.Encoding), i.Offset, i.Bits)
	case btf.KindDatasec:
		for _, v := range s.variables(rec) {
			word(uint32(v))
		}
	case btf.KindFloat:
		word(rec.Size())
	case btf.KindFwd:
		b = append(b, flag(rec.KindFlag()))
	case btf.KindTypeTag:
		name(rec.NameOff())
		b = append(b, flag(rec.KindFlag()))
		word(uint32(s.ident[rec.Type()]))
	default: // FUNC, VAR, TYPEDEF, PTR and qualifiers
		word(uint32(rec.Linkage()))
		word(uint32(s.ident[rec.Type()]))
	}
	return b, failed
}

// variables are what is in a section, by identity and in its order.
func (s *side) variables(rec btf.Record) []identity {
	var vars []identity
	for _, v := range rec.Secinfos() {
		vars = append(vars, s.ident[v.Var])
	}
	slices.Sort(vars)
	return vars
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}
