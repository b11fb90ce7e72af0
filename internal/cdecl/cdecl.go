// Package cdecl writes types on one line as C declares them, for people to read:
//
//	int (*)(struct file *)      Type
//	int (*open)(struct file *)  Declare, of what is called open
//
// What has no name is { ... }, and a text that would become long ends in dots, so that
// types which contain themselves have an end. [github.com/gopahole/gopahole/inspect/cheader]
// writes what compiles, and [github.com/gopahole/gopahole/inspect/layout] what pahole prints.
package cdecl

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

const (
	maxDescribed = 16  // types within each other that a text goes into
	maxText      = 400 // bytes of a text
)

// Type returns a type without a name.
func Type(types *btf.Types, id btf.ID) string { return Declare(types, id, "") }

// Declare returns a type around a name, which is taken as it is.
func Declare(types *btf.Types, id btf.ID, name string) string {
	d := describer{types: types, left: maxText}
	text := d.declare(id, name, 0)
	if len(text) > maxText+len(name) {
		text = strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return text
}

// A describer writes one type. It stops when it has written enough.
type describer struct {
	types *btf.Types
	left  int // bytes
}

// declare wraps what stands around a name, which inner is, for a type.
func (d *describer) declare(id btf.ID, inner string, depth int) string {
	if d.left -= 4; depth > maxDescribed || d.left < 0 {
		return "..." + space(inner)
	}
	rec := d.types.Record(id)
	switch kind := rec.Kind(); kind {
	case btf.KindVoid:
		return "void" + space(inner)
	case btf.KindPtr:
		inner = "*" + inner
		if to := d.types.Record(rec.Type()).Kind(); to == btf.KindArray || to == btf.KindFuncProto {
			inner = "(" + inner + ")"
		}
		return d.declare(rec.Type(), inner, depth+1)
	case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
		return d.qualify(rec, inner, depth)
	case btf.KindArray:
		return d.declare(rec.Array().Elem, fmt.Sprintf("%s[%d]", inner, rec.Array().Len), depth+1)
	case btf.KindFuncProto:
		return d.declare(rec.Type(), inner+"("+d.params(rec, depth)+")", depth+1)
	case btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindFwd:
		return word(rec) + " " + d.name(id, "{ ... }") + space(inner)
	}
	return d.name(id, "?") + space(inner)
}

// word is the keyword of C.
func word(rec btf.Record) string {
	switch {
	case rec.Kind().IsAnyEnum():
		return "enum"
	case rec.Kind() == btf.KindUnion, rec.Kind() == btf.KindFwd && rec.KindFlag():
		return "union"
	}
	return "struct"
}

// qualify puts a qualifier or a tag before what it is about: before the name for a pointer,
// which is const then, and before all for others.
func (d *describer) qualify(rec btf.Record, inner string, depth int) string {
	word := strings.ToLower(rec.Kind().String()) + " "
	if rec.Kind() == btf.KindTypeTag {
		name, _ := d.types.String(rec.NameOff())
		word = "__" + quote.Name(name[:min(len(name), 64)]) + " "
	}
	if d.types.Record(rec.Type()).Kind() == btf.KindPtr || rec.Kind() == btf.KindTypeTag && inner != "" {
		return d.declare(rec.Type(), word+inner, depth+1)
	}
	return word + d.declare(rec.Type(), inner, depth+1)
}

func (d *describer) params(rec btf.Record, depth int) string {
	var b strings.Builder
	for i, p := range rec.Params() {
		if i > 0 {
			b.WriteString(", ")
		}
		switch {
		case d.left < 0:
			b.WriteString("...")
			return b.String()
		case p.Type == 0 && p.Name == 0 && i == rec.Vlen()-1:
			b.WriteString("...")
		default:
			name, _ := d.types.String(p.Name)
			b.WriteString(d.declare(p.Type, quote.Name(name[:min(len(name), 64)]), depth+1))
		}
	}
	if b.Len() == 0 {
		return "void"
	}
	return b.String()
}

// name is that of a type, or what stands for it.
func (d *describer) name(id btf.ID, none string) string {
	name := d.types.NameUpTo(id, 128)
	if d.left -= len(name); name == "" {
		return none
	}
	return quote.Name(name)
}

// space puts a space before what follows a word.
func space(inner string) string {
	if inner == "" || inner[0] == '[' {
		return inner
	}
	return " " + inner
}
