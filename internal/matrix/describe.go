package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// describe returns what a blob says, without numbers and order: one text for each type that has a name, function and
// variable. What has no name is written out where it is used. Places of variables are left out, which depend on the
// form of the file.
func describe(raw []byte) []string {
	t, err := btf.Parse(raw, nil)
	if err != nil {
		return []string{err.Error()}
	}
	d := &describer{t: t}
	var list []string
	for id, rec := range t.Own() {
		switch kind := rec.Kind(); {
		case kind == btf.KindDatasec, t.Name(id) == "" && !kind.IsAnyEnum():
		case kind == btf.KindDeclTag:
			list = append(list, fmt.Sprintf("tag %s %d of %s", t.Name(id), rec.Component(), d.ref(rec.Type(), 4)))
		default:
			list = append(list, d.body(id, 6))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

type describer struct{ t *btf.Types }

// ref is a type where it is used.
func (d *describer) ref(id btf.ID, depth int) string {
	if id == 0 {
		return "void"
	}
	if name := d.t.Name(id); name != "" {
		return d.kind(id) + " " + name
	}
	if depth == 0 {
		return d.kind(id)
	}
	return d.body(id, depth-1)
}

func (d *describer) kind(id btf.ID) string {
	return strings.ToLower(d.t.Record(id).Kind().String())
}

// body is a type with all that it says itself.
func (d *describer) body(id btf.ID, depth int) string {
	rec := d.t.Record(id)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", d.kind(id), d.t.Name(id))
	switch kind := rec.Kind(); {
	case kind == btf.KindInt:
		i := rec.Int()
		fmt.Fprintf(&b, " size %d %#x", rec.Size(), btf.IntWord(i.Encoding, i.Offset, i.Bits))
	case kind == btf.KindFloat:
		fmt.Fprintf(&b, " size %d", rec.Size())
	case kind == btf.KindArray:
		a := rec.Array()
		fmt.Fprintf(&b, " [%d] of %s by %s", a.Len, d.ref(a.Elem, depth), d.ref(a.Index, depth))
	case kind.IsComposite():
		fmt.Fprintf(&b, " size %d {", rec.Size())
		for _, m := range d.t.Members(id) {
			fmt.Fprintf(&b, " %s %s @%d:%d;", d.ref(m.Type, depth), m.Name, m.Offset, m.Width)
		}
		b.WriteString(" }")
	case kind.IsAnyEnum():
		fmt.Fprintf(&b, " size %d signed %v {", rec.Size(), rec.KindFlag())
		for _, v := range d.t.EnumValues(id) {
			if kind == btf.KindEnum64 {
				fmt.Fprintf(&b, " %s=%#016x", v.Name, v.Value)
			} else {
				fmt.Fprintf(&b, " %s=%d", v.Name, int32(v.Value))
			}
		}
		b.WriteString(" }")
	case kind == btf.KindFwd:
		fmt.Fprintf(&b, " union %v", rec.KindFlag())
	case kind == btf.KindFuncProto:
		fmt.Fprintf(&b, " %s(", d.ref(rec.Type(), depth))
		for _, p := range d.t.Params(id) {
			fmt.Fprintf(&b, " %s %s,", d.ref(p.Type, depth), p.Name)
		}
		b.WriteString(" )")
	case kind == btf.KindVar:
		fmt.Fprintf(&b, " linkage %d %s", rec.Linkage(), d.ref(rec.Type(), depth))
	default: // with one type
		fmt.Fprintf(&b, " -> %s", d.ref(rec.Type(), depth))
	}
	return b.String()
}
