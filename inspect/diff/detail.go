package diff

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/cdecl"
	"github.com/gopahole/gopahole/internal/quote"
)

// pair notes in what two definitions of a name differ.
func (c *comparer) pair(n named, old, new btf.ID) {
	d := &details{comparer: c}
	d.compare(old, new)
	if d.found == nil {
		d.found = []Detail{{Class: Other, New: "the same in another order, or in another nesting of members without a name"}}
	}
	c.add(n, Change{Old: old, New: new, Details: d.found})
}

// summary is what there is to say of a type that came or went.
func (c *comparer) summary(s *side, ids []btf.ID, class Class) []Detail {
	text := s.summary(ids[0])
	if len(ids) > 1 {
		text = fmt.Sprintf("%d definitions, the first one %s", len(ids), text)
	}
	if text == "" {
		return nil
	}
	if class == Added {
		return []Detail{{Class: class, New: text}}
	}
	return []Detail{{Class: class, Old: text}}
}

// another describes one of several definitions.
func (c *comparer) another(s *side, id btf.ID, n int) string {
	if text := s.summary(id); text != "" {
		return fmt.Sprintf("one of %d, %s", n, text)
	}
	return fmt.Sprintf("one of %d", n)
}

// summary describes a definition in some words.
func (s *side) summary(id btf.ID) string {
	rec := s.types.Record(id)
	switch rec.Kind() {
	case btf.KindStruct, btf.KindUnion:
		return fmt.Sprintf("size %d, members %d", rec.Size(), rec.Vlen())
	case btf.KindEnum, btf.KindEnum64:
		return fmt.Sprintf("size %d, enumerators %d", rec.Size(), rec.Vlen())
	case btf.KindFwd:
		return "a declaration"
	case btf.KindTypedef, btf.KindVar, btf.KindFunc:
		return s.describe(rec.Type())
	case btf.KindInt:
		return describeInt(rec)
	case btf.KindFloat:
		return fmt.Sprintf("size %d", rec.Size())
	}
	return ""
}

func describeInt(rec btf.Record) string {
	i := rec.Int()
	text := "unsigned"
	switch {
	case i.Encoding&btf.EncodingSigned != 0:
		text = "signed"
	case i.Encoding&btf.EncodingBool != 0:
		text = "bool"
	case i.Encoding&btf.EncodingChar != 0:
		text = "char"
	case i.Encoding != 0:
		text = fmt.Sprintf("encoding %#x", uint8(i.Encoding))
	}
	text += fmt.Sprintf(", %d bits", i.Bits)
	if i.Offset != 0 {
		text += fmt.Sprintf(" from %d", i.Offset)
	}
	return text
}

// details are in what two types differ.
type details struct {
	*comparer
	found  []Detail
	prefix string // names of members around those that are looked at, with a dot each
	depth  int
}

func (d *details) add(detail Detail) {
	detail.Name = strings.TrimSuffix(d.prefix+detail.Name, ".")
	d.textLeft -= len(detail.Name) + len(detail.Old) + len(detail.New)
	d.found = append(d.found, detail)
}

// tooMany reports whether no more is to be said, and says so.
func (d *details) tooMany() bool {
	d.steps--
	if d.steps >= 0 && d.textLeft >= 0 {
		return false
	}
	d.found = append(d.found, Detail{Class: Other, New: "there is too much to say all of it"})
	return true
}

// differs adds a detail if two texts differ.
func (d *details) differs(class Class, what, old, new string) {
	if old != new {
		d.add(Detail{Class: class, What: what, Old: old, New: new})
	}
}

// compare compares two types of a name, of whatever kinds their sort has.
func (d *details) compare(old, new btf.ID) {
	o, n := d.old.types.Record(old), d.new.types.Record(new)
	switch {
	case o.Kind() == btf.KindFwd && n.Kind() != btf.KindFwd:
		d.add(Detail{Class: Added, What: "definition", New: d.new.summary(new)})
		return
	case n.Kind() == btf.KindFwd && o.Kind() != btf.KindFwd:
		d.add(Detail{Class: Removed, What: "definition", Old: d.old.summary(old) + "; it is only declared now"})
		return
	}
	switch o.Kind() {
	case btf.KindStruct, btf.KindUnion:
		d.composites(old, new)
	case btf.KindEnum, btf.KindEnum64:
		d.enums(o, n)
	case btf.KindFunc:
		d.differs(Linkage, "", o.Linkage().String(), n.Linkage().String())
		d.prototypes(o.Type(), n.Type())
	case btf.KindVar:
		d.differs(Linkage, "", o.Linkage().String(), n.Linkage().String())
		d.types("", "", o.Type(), n.Type())
	case btf.KindTypedef:
		d.types("", "", o.Type(), n.Type())
	case btf.KindInt:
		d.differs(Size, "", fmt.Sprint(o.Size()), fmt.Sprint(n.Size()))
		d.differs(Type, "", describeInt(o), describeInt(n))
	case btf.KindFloat:
		d.differs(Size, "", fmt.Sprint(o.Size()), fmt.Sprint(n.Size()))
	case btf.KindDatasec:
		d.sections(o, n)
	}
	d.tags(old, new)
}

// prototypes compares what functions take and return.
func (d *details) prototypes(old, new btf.ID) {
	o, n := d.old.types.Record(old), d.new.types.Record(new)
	if d.old.ident[o.Type()] != d.new.ident[n.Type()] {
		d.add(Detail{Class: Prototype, What: "return", Old: d.old.describe(o.Type()), New: d.inside(o.Type(), n.Type())})
	}
	for i, p := range o.Params() {
		if d.tooMany() {
			return
		}
		if i >= n.Vlen() {
			d.add(Detail{Class: Prototype, What: fmt.Sprintf("parameter %d", i+1), Old: d.old.param(p)})
			continue
		}
		other := n.Param(i)
		if d.old.ident[p.Type] != d.new.ident[other.Type] {
			d.add(Detail{Class: Prototype, What: fmt.Sprintf("parameter %d", i+1), Old: d.old.param(p),
				New: d.new.param(other) + d.hidden(p.Type, other.Type)})
		} else if was, is := d.old.text(p.Name), d.new.text(other.Name); was != is {
			d.add(Detail{Class: Renamed, What: fmt.Sprintf("parameter %d", i+1), Old: quote.Name(was), New: quote.Name(is)})
		}
	}
	for i := o.Vlen(); i < n.Vlen(); i++ {
		if d.tooMany() {
			return
		}
		d.add(Detail{Class: Prototype, What: fmt.Sprintf("parameter %d", i+1), New: d.new.param(n.Param(i))})
	}
}

// param is a parameter as it is declared.
func (s *side) param(p btf.RawParam) string {
	if p.Type == 0 && p.Name == 0 {
		return "..."
	}
	return cdecl.Declare(s.types, p.Type, quote.Name(s.text(p.Name)))
}

// maxParamName is in bytes: of a longer name the rest says nothing.
const maxParamName = 400

func (s *side) text(off btf.StrOff) string {
	text, _ := s.types.String(off)
	return text[:min(len(text), maxParamName)]
}

// inside is the text of the new one of two types that differ.
func (d *details) inside(old, new btf.ID) string { return d.new.describe(new) + d.hidden(old, new) }

// hidden is what to say of two types whose texts are the same although they differ.
func (d *details) hidden(old, new btf.ID) string {
	if d.old.describe(old) == d.new.describe(new) {
		return " (it differs in what has no name there)"
	}
	return ""
}

// sections compares which variables are in a section.
func (d *details) sections(o, n btf.Record) {
	old, new := d.old.variables(o), d.new.variables(n)
	for len(old) > 0 || len(new) > 0 {
		if d.tooMany() {
			return
		}
		switch {
		case len(new) == 0 || len(old) > 0 && old[0] < new[0]:
			d.add(Detail{Class: Removed, What: "variable", Old: quote.Name(d.names.text[d.all.of[old[0]].name])})
			old = old[1:]
		case len(old) == 0 || new[0] < old[0]:
			d.add(Detail{Class: Added, What: "variable", New: quote.Name(d.names.text[d.all.of[new[0]].name])})
			new = new[1:]
		default:
			old, new = old[1:], new[1:]
		}
	}
}

// tags compares the DECL_TAGs of two types.
func (d *details) tags(old, new btf.ID) {
	o, n := d.old.tags[old], d.new.tags[new]
	for len(o) > 0 || len(n) > 0 {
		if d.tooMany() {
			return
		}
		order := 0
		switch {
		case len(n) == 0:
			order = -1
		case len(o) == 0:
			order = 1
		default:
			order = o[0].compare(n[0], d.names)
		}
		if order < 0 {
			d.add(Detail{Class: Tag, What: d.old.component(old, o[0]), Old: quote.Name(d.names.text[o[0].name])})
		} else if order > 0 {
			d.add(Detail{Class: Tag, What: d.new.component(new, n[0]), New: quote.Name(d.names.text[n[0].name])})
		}
		if order <= 0 {
			o = o[1:]
		}
		if order >= 0 {
			n = n[1:]
		}
	}
}

// component is what of a type a tag is about.
func (s *side) component(id btf.ID, t tag) string {
	rec := s.types.Record(id)
	switch {
	case t.component < 0:
		return ""
	case rec.Kind().IsComposite() && t.component < rec.Vlen():
		return "member " + quote.Name(s.text(rec.Member(t.component).Name))
	}
	return fmt.Sprintf("parameter %d", t.component+1)
}
