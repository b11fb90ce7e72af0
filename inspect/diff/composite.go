package diff

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// maxNesting bounds how deep members without a name are looked into, and types without a
// name in each other.
const maxNesting = 32

// A field is a member as programs see it: of those without a name, the members.
type field struct {
	name   uint32
	typ    btf.ID
	offset uint32 // in bits, from the start of the outermost type
	width  uint32 // in bits; 0 for what is no bit-field
}

// fields appends the fields of a struct or union. It is false if there are too many.
func (d *details) fields(s *side, list []field, id btf.ID, offset uint32, depth int) ([]field, bool) {
	for _, m := range s.types.Record(id).Members() {
		if d.steps--; d.steps < 0 || depth > maxNesting {
			return list, false
		}
		name, err := s.name(m.Name)
		if err != nil {
			return list, false
		}
		if rec := s.types.Record(m.Type); name == 0 && rec.Kind().IsComposite() && d.all.of[s.ident[m.Type]].name == 0 {
			var ok bool
			if list, ok = d.fields(s, list, m.Type, offset+m.Offset, depth+1); !ok {
				return list, false
			}
			continue
		}
		list = append(list, field{name, m.Type, offset + m.Offset, m.Width})
	}
	return list, true
}

// composites compares two structs or unions.
func (d *details) composites(old, new btf.ID) {
	o, n := d.old.types.Record(old), d.new.types.Record(new)
	what := "" // the type itself, or a member whose type has no name
	if d.prefix != "" {
		what = "member"
	}
	d.differs(Size, what, fmt.Sprint(o.Size()), fmt.Sprint(n.Size()))
	was, ok := d.fields(d.old, nil, old, 0, 0)
	is, more := d.fields(d.new, nil, new, 0, 0)
	if !ok || !more {
		d.add(Detail{Class: Other, New: "there are too many members, or too many in each other, to say which differ"})
		return
	}
	at := make(map[uint32][]int, len(is)) // by name: where in is
	for i, f := range is {
		at[f.name] = append(at[f.name], i)
	}
	kept := make([]bool, len(is))
	for _, f := range was {
		if d.tooMany() {
			return
		}
		places := at[f.name]
		if len(places) == 0 {
			d.add(Detail{Class: Removed, What: "member", Name: d.fieldName(f), Old: d.field(d.old, f), OldOffset: f.offset})
			continue
		}
		at[f.name] = places[1:]
		kept[places[0]] = true
		d.sameName(f, is[places[0]])
	}
	for i, f := range is {
		if d.tooMany() {
			return
		}
		if !kept[i] {
			d.add(Detail{Class: Added, What: "member", Name: d.fieldName(f), New: d.field(d.new, f), NewOffset: f.offset})
		}
	}
}

// sameName compares two fields of a name.
func (d *details) sameName(was, is field) {
	name := d.fieldName(was)
	if was.offset != is.offset {
		d.add(Detail{Class: Moved, What: "member", Name: name, Old: bits(was.offset), New: bits(is.offset), OldOffset: was.offset, NewOffset: is.offset})
	}
	if was.width != is.width {
		d.add(Detail{Class: Bitfield, What: "member", Name: name, Old: width(was.width), New: width(is.width), OldOffset: was.offset, NewOffset: is.offset})
	}
	d.types("member", name, was.typ, is.typ)
}

func width(n uint32) string {
	switch n {
	case 0:
		return "of its type"
	case 1:
		return "1 bit"
	}
	return fmt.Sprintf("%d bits", n)
}

func (d *details) fieldName(f field) string {
	if f.name == 0 {
		return "(without a name)"
	}
	return d.names.text[f.name]
}

// field describes a field that came or went.
func (d *details) field(s *side, f field) string {
	text := s.describe(f.typ)
	if f.width != 0 {
		text += ", " + width(f.width)
	}
	return text + " at " + bits(f.offset)
}

// types compares the types of something. Those that are the same but for what has no name in
// them are compared there.
func (d *details) types(what, name string, old, new btf.ID) {
	if d.old.ident[old] == d.new.ident[new] {
		return
	}
	if o, n, ok := d.unnamed(old, new); ok && d.depth < maxNesting && d.steps > 0 {
		in := &details{comparer: d.comparer, depth: d.depth + 1, prefix: d.prefix}
		if name != "" {
			in.prefix += quote.Name(name) + "."
		}
		if d.old.types.Record(o).Kind().IsComposite() {
			in.composites(o, n)
		} else {
			in.enums(d.old.types.Record(o), d.new.types.Record(n))
		}
		in.tags(o, n)
		if in.found != nil {
			d.found = append(d.found, in.found...)
			return
		}
	}
	d.add(Detail{Class: Type, What: what, Name: name, Old: d.old.describe(old), New: d.inside(old, new)})
}

// unnamed goes through what two types have in common to structs, unions or enums without a
// name.
func (d *details) unnamed(old, new btf.ID) (o, n btf.ID, ok bool) {
	for range maxNesting {
		or, nr := d.old.types.Record(old), d.new.types.Record(new)
		kind := or.Kind()
		if kind != nr.Kind() || d.all.of[d.old.ident[old]].name != 0 || d.all.of[d.new.ident[new]].name != 0 {
			return 0, 0, false
		}
		switch {
		case kind.IsComposite(), kind.IsAnyEnum():
			return old, new, true
		case kind == btf.KindPtr, kind.IsQualifier():
			old, new = or.Type(), nr.Type()
		case kind == btf.KindArray && or.Array().Len == nr.Array().Len:
			old, new = or.Array().Elem, nr.Array().Elem
		default:
			return 0, 0, false
		}
	}
	return 0, 0, false
}
