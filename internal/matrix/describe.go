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
	for id := t.FirstID(); id < t.NumIDs(); id++ {
		rec := t.Record(id)
		switch kind := btf.KindOf(rec[1]); {
		case kind == btf.KindDatasec, t.Name(id) == "" && kind != btf.KindEnum && kind != btf.KindEnum64:
		case kind == btf.KindDeclTag:
			list = append(list, fmt.Sprintf("tag %s %d of %s", t.Name(id), int32(rec[3]), d.ref(btf.ID(rec[2]), 4)))
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
	return strings.ToLower(btf.KindOf(d.t.Record(id)[1]).String())
}

// body is a type with all that it says itself.
func (d *describer) body(id btf.ID, depth int) string {
	rec := d.t.Record(id)
	info := rec[1]
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", d.kind(id), d.t.Name(id))
	name := func(off uint32) string {
		s, _ := d.t.String(btf.StrOff(off))
		return s
	}
	tail := rec[3:]
	switch btf.KindOf(info) {
	case btf.KindInt:
		fmt.Fprintf(&b, " size %d %#x", rec[2], rec[3])
	case btf.KindFloat:
		fmt.Fprintf(&b, " size %d", rec[2])
	case btf.KindArray:
		fmt.Fprintf(&b, " [%d] of %s by %s", rec[5], d.ref(btf.ID(rec[3]), depth), d.ref(btf.ID(rec[4]), depth))
	case btf.KindStruct, btf.KindUnion:
		fmt.Fprintf(&b, " size %d {", rec[2])
		for ; len(tail) >= 3; tail = tail[3:] {
			off, width := btf.SplitMemberWord(tail[2], btf.KindFlag(info))
			fmt.Fprintf(&b, " %s %s @%d:%d;", d.ref(btf.ID(tail[1]), depth), name(tail[0]), off, width)
		}
		b.WriteString(" }")
	case btf.KindEnum:
		fmt.Fprintf(&b, " size %d signed %v {", rec[2], btf.KindFlag(info))
		for ; len(tail) >= 2; tail = tail[2:] {
			fmt.Fprintf(&b, " %s=%d", name(tail[0]), int32(tail[1]))
		}
		b.WriteString(" }")
	case btf.KindEnum64:
		fmt.Fprintf(&b, " size %d signed %v {", rec[2], btf.KindFlag(info))
		for ; len(tail) >= 3; tail = tail[3:] {
			fmt.Fprintf(&b, " %s=%#x%08x", name(tail[0]), tail[2], tail[1])
		}
		b.WriteString(" }")
	case btf.KindFwd:
		fmt.Fprintf(&b, " union %v", btf.KindFlag(info))
	case btf.KindFuncProto:
		fmt.Fprintf(&b, " %s(", d.ref(btf.ID(rec[2]), depth))
		for ; len(tail) >= 2; tail = tail[2:] {
			fmt.Fprintf(&b, " %s %s,", d.ref(btf.ID(tail[1]), depth), name(tail[0]))
		}
		b.WriteString(" )")
	case btf.KindVar:
		fmt.Fprintf(&b, " linkage %d %s", rec[3], d.ref(btf.ID(rec[2]), depth))
	default: // with one type
		fmt.Fprintf(&b, " -> %s", d.ref(btf.ID(rec[2]), depth))
	}
	return b.String()
}
