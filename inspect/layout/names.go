package layout

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// name1 writes a name from the file.
func (p *Printer) name1(s string) { p.buf = quote.AppendName(p.buf, s) }

// hex returns a number as C's %#x writes it.
func hex(v uint64) string {
	if v == 0 {
		return "0"
	}
	return fmt.Sprintf("%#x", v)
}

// truncated returns what fits into a buffer of C, with its NUL byte.
func truncated(s string, size int) string { return s[:min(len(s), size-1)] }

// typeName returns a type as text on one line, cut off to fit into a buffer of size
// bytes, as pahole has it (pahole: tag__name).
func (p *Printer) typeName(id btf.ID, size int) string {
	if !p.classes.enter(id) {
		return ""
	}
	defer func() { p.classes.depth-- }()
	rec := p.types.Record(id)
	text := ""
	switch kind := rec.Kind(); kind {
	case btf.KindVoid:
		text = "void"
	case btf.KindInt, btf.KindFloat:
		text = p.numberName(id, rec)
	case btf.KindPtr:
		text = p.pointerName(rec)
	case btf.KindVolatile:
		text = "volatile " + p.typeName(rec.Type(), 128) + " "
	case btf.KindConst:
		text = "const " + p.typeName(rec.Type(), 128) + " "
	case btf.KindRestrict:
		text = p.typeName(rec.Type(), 128) + " restrict "
	case btf.KindArray:
		text = p.typeName(rec.Array().Elem, size)
	case btf.KindTypeTag:
		text = p.typeName(rec.Type(), size)
	case btf.KindFuncProto:
		text = p.functionText(id)
	case btf.KindStruct:
		text = "struct " + p.name(id)
	case btf.KindUnion:
		text = "union " + p.name(id)
	case btf.KindFwd:
		text = "struct " + p.name(id)
		if rec.KindFlag() {
			text = "union " + p.name(id)
		}
	case btf.KindEnum, btf.KindEnum64:
		text = "enum " + p.name(id)
	default:
		text = p.name(id)
	}
	return truncated(text, size)
}

// numberName returns the name of an integer or a float, with what pahole says of it.
func (p *Printer) numberName(id btf.ID, rec btf.Record) string {
	name := p.name(id)
	switch {
	case rec.NameOff() == 0:
		return "nameless base type!"
	case rec.Kind() == btf.KindFloat:
		name = "single " + name
	}
	return truncated(name, 64)
}

// pointerName returns a pointer. A constant pointer that it points to has its qualifier
// after the type.
func (p *Printer) pointerName(rec btf.Record) string {
	to := rec.Type()
	if to == 0 {
		return "void *"
	}
	constant := ""
	if r := p.types.Record(to); r.Kind() == btf.KindConst && p.types.Record(r.Type()).Kind() == btf.KindPtr {
		constant, to = "const ", r.Type()
	}
	return p.typeName(to, 1024) + " " + constant + "*"
}

// longestText is more than any buffer that typeName fills.
const longestText = 1024

// functionText returns a prototype without a name, or as much of it as anybody needs.
func (p *Printer) functionText(id btf.ID) string {
	start, outer := len(p.buf), p.enough
	p.enough = start + longestText
	p.function(id, "", false, 0, &style{})
	text := string(p.buf[start:])
	p.buf, p.enough = p.buf[:start], outer
	return text
}

// function prints a prototype, around a name, or around one of a pointer to it.
func (p *Printer) function(id btf.ID, name string, pointer bool, width int, s *style) {
	if !p.classes.enter(id) {
		return
	}
	defer func() { p.classes.depth-- }()
	rec := p.types.Record(id)
	p.padded(p.typeName(rec.Type(), 128), width)
	p.str(" (")
	if pointer {
		p.str("*")
	}
	p.name1(name)
	p.str(")")
	p.params(id, rec)
}

// params prints the parameters of a prototype.
func (p *Printer) params(id btf.ID, rec btf.Record) {
	p.str("(")
	n, more := 0, false
	for _, param := range rec.Params() {
		if param.Type == 0 {
			more = true
			continue
		}
		if n > 0 {
			p.str(", ")
		}
		p.param(id, n, param)
		n++
		if p.enough > 0 && len(p.buf) > p.enough {
			break
		}
	}
	switch {
	case n == 0:
		p.str("void)")
	case more:
		p.str(", ...)")
	default:
		p.str(")")
	}
}

// param prints parameter i of a prototype, with its tags before it.
func (p *Printer) param(proto btf.ID, i int, at btf.RawParam) {
	for _, tag := range p.tags()[param{proto, i}] {
		p.name1(tag)
		p.str(" ")
	}
	name, _ := p.types.String(at.Name)
	switch rec := p.types.Record(at.Type); rec.Kind() {
	case btf.KindPtr:
		if p.types.Record(rec.Type()).Kind() == btf.KindFuncProto {
			p.function(rec.Type(), name, true, 0, &style{})
			return
		}
	case btf.KindFuncProto:
		p.str("inline ")
		p.str(p.typeName(rec.Type(), 128))
		p.str(" ")
		p.name1(name)
		p.params(at.Type, rec)
		return
	}
	p.str(p.typeName(at.Type, 128))
	if at.Name != 0 {
		p.str(" ")
		p.name1(name)
	}
}

// enum prints an enum with its values.
func (p *Printer) enum(rec btf.Record, s *style) {
	p.str("enum")
	if off := rec.NameOff(); off != 0 {
		name, _ := p.types.String(off)
		p.str(" ")
		p.name1(name)
	}
	if rec.Vlen() == 0 {
		return
	}
	longest := 0
	for _, v := range rec.EnumValues() {
		name, _ := p.types.String(v.Name)
		longest = max(longest, len(name))
	}
	indent := min(s.indent, len(tabs))
	p.str(" {\n")
	for _, v := range rec.EnumValues() {
		name, _ := p.types.String(v.Name)
		p.tabs(indent + 1)
		p.padded(quote.Name(name), longest)
		switch {
		case p.o.Hex:
			p.printf(" = %s,\n", hex(v.Value))
		case rec.KindFlag():
			p.printf(" = %d,\n", int64(v.Value))
		default:
			p.printf(" = %d,\n", v.Value)
		}
	}
	p.tabs(indent)
	p.str("}")
	if rec.Size() != 4 && rec.Size() != 0 {
		p.str(packedAttribute)
	}
	if s.hasSuffix {
		p.str(" ")
		p.str(s.suffix)
	}
}

// typedef prints a typedef, with what is in a struct, union or enum without a name.
func (p *Printer) typedef(rec btf.Record, outer *style) {
	s := *outer
	name, _ := p.types.String(rec.NameOff())
	name = quote.Name(name)
	p.str("typedef ")
	to := rec.Type()
	target := p.types.Record(to)
	switch kind := target.Kind(); {
	case kind == btf.KindArray:
		p.array(target, name, true, &s)
		return
	case kind == btf.KindPtr && p.types.Record(target.Type()).Kind() == btf.KindFuncProto:
		p.function(target.Type(), name, true, 0, &s)
		return
	case kind == btf.KindFuncProto:
		p.function(to, name, false, 0, &s)
		return
	case isTagged(kind) && (target.NameOff() == 0 || s.expand && !kind.IsAnyEnum()):
		s.suffix, s.hasSuffix = name, true
		switch k := p.classes.get(to); {
		case kind.IsAnyEnum():
			p.enum(target, &s)
		case k.isStruct():
			p.classes.findHoles(k)
			s.typeWidth -= 8
			p.structure(k, &s)
		default:
			s.typeWidth -= 8
			p.union(k, &s)
		}
		return
	}
	p.str(p.typeName(to, 512))
	p.str(" ")
	p.str(name)
}
