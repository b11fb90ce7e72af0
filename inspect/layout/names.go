package layout

import (
	"strconv"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// name1 writes a name from the file.
func (p *Printer) name1(s string) { p.buf = quote.AppendName(p.buf, s) }

// hex prints a number as C's %#x does.
func (p *Printer) hex(v uint64) { p.buf = appendHex(p.buf, v) }

func appendHex(dst []byte, v uint64) []byte {
	if v != 0 {
		dst = append(dst, "0x"...)
	}
	return strconv.AppendUint(dst, v, 16)
}

// string returns a string from the file.
func (p *Printer) string(off btf.StrOff) string {
	name, _ := p.types.String(off)
	return name
}

// nameAt prints a string from the file.
func (p *Printer) nameAt(off btf.StrOff) { p.buf = quote.AppendCString(p.buf, p.types.TextFrom(off)) }

// truncated returns what fits into a buffer of C, with its NUL byte.
func truncated(s string, size int) string { return s[:min(len(s), size-1)] }

// cut cuts what was written from start on off to fit into a buffer of C of size bytes, with
// its NUL byte.
func (p *Printer) cut(start, size int) { p.buf = cut(p.buf, start, size) }

func cut(b []byte, start, size int) []byte { return b[:min(len(b), start+size-1)] }

// typeName prints a type on one line, cut off to fit into a buffer of size bytes, as pahole
// has it (pahole: tag__name).
func (p *Printer) typeName(id btf.ID, size int) {
	start := len(p.buf)
	rec := p.types.Record(id)
	if b, ok := p.appendPlain(p.buf, rec); ok {
		p.buf = cut(b, start, size)
		return
	}
	if !p.classes.enter(id) {
		return
	}
	switch rec.Kind() {
	case btf.KindVoid:
		p.str("void")
	case btf.KindPtr:
		p.pointerName(rec)
	case btf.KindVolatile:
		p.str("volatile ")
		p.typeName(rec.Type(), 128)
		p.str(" ")
	case btf.KindConst:
		p.str("const ")
		p.typeName(rec.Type(), 128)
		p.str(" ")
	case btf.KindRestrict:
		p.typeName(rec.Type(), 128)
		p.str(" restrict ")
	case btf.KindArray:
		p.typeName(rec.Array().Elem, size)
	case btf.KindTypeTag:
		p.typeName(rec.Type(), size)
	case btf.KindFuncProto:
		p.functionText(id)
	default:
		p.buf = p.appendNamed(p.buf, rec)
	}
	p.cut(start, size)
	p.classes.depth--
}

// keywordOf returns the keyword before the name of a struct, union or enum, and "" for others.
func keywordOf(rec btf.Record) string {
	switch kind := rec.Kind(); {
	case kind == btf.KindUnion, kind == btf.KindFwd && rec.KindFlag():
		return "union "
	case kind == btf.KindStruct, kind == btf.KindFwd:
		return "struct "
	case kind.IsAnyEnum():
		return "enum "
	}
	return ""
}

// appendPlain appends a type that is said by a name, or by that and an asterisk. It appends nothing and
// returns false for others.
func (p *Printer) appendPlain(b []byte, rec btf.Record) ([]byte, bool) {
	if isNamed(rec.Kind()) && rec.NameOff() != 0 {
		return p.appendNamed(b, rec), true
	}
	if rec.Kind() != btf.KindPtr {
		return b, false
	}
	if rec.Type() == 0 {
		return append(b, "void *"...), true
	}
	start, target := len(b), p.types.Record(rec.Type())
	if !isNamed(target.Kind()) || target.NameOff() == 0 {
		return b, false
	}
	b = cut(p.appendNamed(b, target), start, 1024)
	return append(b, " *"...), true
}

// appendNamed appends the name of a type that is said by it: of a struct, union or enum with its
// keyword, of an integer or a float with what pahole says of it.
func (p *Printer) appendNamed(b []byte, rec btf.Record) []byte {
	start := len(b)
	switch kind := rec.Kind(); {
	case kind == btf.KindInt, kind == btf.KindFloat:
		if rec.NameOff() == 0 {
			return append(b, "nameless base type!"...)
		}
		if kind == btf.KindFloat {
			b = append(b, "single "...)
		}
		return cut(quote.AppendCString(b, p.types.TextFrom(rec.NameOff())), start, 64)
	case kind != btf.KindTypedef:
		b = append(b, keywordOf(rec)...)
	}
	return quote.AppendCString(b, p.types.TextFrom(rec.NameOff()))
}

// pointerName prints a pointer. A constant pointer that it points to has its qualifier
// after the type.
func (p *Printer) pointerName(rec btf.Record) {
	to := rec.Type()
	after := " *"
	if r := p.types.Record(to); r.Kind() == btf.KindConst && p.types.Record(r.Type()).Kind() == btf.KindPtr {
		after, to = " const *", r.Type()
	}
	p.typeName(to, 1024)
	p.str(after)
}

// longestText is more than any buffer that typeName fills.
const longestText = 1024

// functionText prints a prototype without a name, or as much of it as anybody needs.
func (p *Printer) functionText(id btf.ID) {
	outer := p.enough
	p.enough = len(p.buf) + longestText
	p.function(id, "", false, 0, new(style))
	p.enough = outer
}

// function prints a prototype, around a name, or around one of a pointer to it.
func (p *Printer) function(id btf.ID, name string, pointer bool, width int, s *style) {
	if !p.classes.enter(id) {
		return
	}
	rec := p.types.Record(id)
	start := len(p.buf)
	p.typeName(rec.Type(), 128)
	p.column(start, width)
	p.str(" (")
	if pointer {
		p.str("*")
	}
	p.name1(name)
	p.str(")")
	p.params(id, rec)
	p.classes.depth--
}

// params prints the parameters of a prototype.
func (p *Printer) params(id btf.ID, rec btf.Record) {
	p.str("(")
	tags := p.tags()[id]
	n, more := 0, false
	for _, param := range rec.Params() {
		if param.Type == 0 {
			more = true
			continue
		}
		if n > 0 {
			p.str(", ")
		}
		p.param(tags, n, param)
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

// param prints parameter i of a prototype, with its own of the tags before it.
func (p *Printer) param(tags []paramTag, i int, at btf.RawParam) {
	for _, tag := range tags {
		if tag.index == i {
			p.nameAt(tag.name)
			p.str(" ")
		}
	}
	switch rec := p.types.Record(at.Type); rec.Kind() {
	case btf.KindPtr:
		if p.types.Record(rec.Type()).Kind() == btf.KindFuncProto {
			p.function(rec.Type(), p.string(at.Name), true, 0, new(style))
			return
		}
	case btf.KindFuncProto:
		if !p.classes.enter(at.Type) {
			return
		}
		p.str("inline ")
		p.typeName(rec.Type(), 128)
		p.str(" ")
		p.nameAt(at.Name)
		p.params(at.Type, rec)
		p.classes.depth--
		return
	}
	p.typeName(at.Type, 128)
	if at.Name != 0 {
		p.str(" ")
		p.nameAt(at.Name)
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
		p.str(" = ")
		switch {
		case p.o.Hex:
			p.hex(v.Value)
		case rec.KindFlag():
			p.buf = strconv.AppendInt(p.buf, int64(v.Value), 10)
		default:
			p.buf = strconv.AppendUint(p.buf, v.Value, 10)
		}
		p.str(",\n")
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
		if kind.IsAnyEnum() {
			p.enum(target, &s)
		} else {
			s.typeWidth -= 8
			p.class(p.classes.get(to), &s)
		}
		return
	}
	p.typeName(to, 512)
	p.str(" ")
	p.str(name)
}
