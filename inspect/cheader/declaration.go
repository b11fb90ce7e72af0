package cheader

import "github.com/gopahole/gopahole/btf"

// declaration writes what declares name, which may be empty, to be of a type.
//
// BTF goes from the outside in: a table of pointers to constant ints is ARRAY, PTR,
// CONST, INT. C begins with the innermost type, and wraps what is around it on both
// sides of the name: const int *name[4]. So the chain is gathered first, and then
// written from its end.
func (p *printer) declaration(id btf.ID, name cname, level int) {
	if !p.step(id) || p.plainDeclaration(id, name) {
		return
	}
	start := len(p.chain)
	for {
		if !p.step(id) {
			return
		}
		p.chain = append(p.chain, id)
		rec := p.types.Record(id)
		switch rec.Kind() {
		case btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag, btf.KindFuncProto:
			id = rec.Type()
			continue
		case btf.KindArray:
			id = rec.Array().Elem
			continue
		}
		break
	}
	p.depth++
	p.declarator(&frame{start, len(p.chain)}, name, level)
	p.depth--
	p.chain = p.chain[:start]
}

// plainDeclaration is declaration for a type that is said by a name, or by that and an asterisk, as
// those of most members are. It writes nothing and returns false for others.
func (p *printer) plainDeclaration(id btf.ID, name cname) bool {
	rec, isPointer := p.types.Record(id), false
	if rec.Kind() == btf.KindPtr {
		id, isPointer = rec.Type(), true
		rec = p.types.Record(id)
	}
	switch rec.Kind() {
	case btf.KindVoid:
		p.str("void")
	case btf.KindInt, btf.KindFloat:
		p.nameAt(rec.NameOff())
	case btf.KindStruct, btf.KindUnion:
		if rec.NameOff() == 0 {
			return false
		}
		p.compositeName(id, rec)
	case btf.KindEnum, btf.KindEnum64:
		if rec.NameOff() == 0 {
			return false
		}
		p.enumName(id, rec)
	case btf.KindFwd:
		p.fwd(id, rec)
	case btf.KindTypedef:
		p.ident(id, rec)
	default:
		return false
	}
	if isPointer {
		p.str(" *")
	}
	p.declared(name, isPointer)
	return true
}

// A frame is the part of the chain that a declaration has still to write.
type frame struct{ start, end int }

func (f *frame) empty() bool { return f.start == f.end }

// last returns the innermost type of the frame.
func (p *printer) last(f *frame) btf.Record { return p.types.Record(p.chain[f.end-1]) }

// qualifiers writes those at the end of the frame, which stand before the type they
// are about.
func (p *printer) qualifiers(f *frame) {
	for ; !f.empty(); f.end-- {
		switch p.last(f).Kind() {
		case btf.KindVolatile:
			p.str("volatile ")
		case btf.KindConst:
			p.str("const ")
		case btf.KindRestrict:
			p.str("restrict ")
		default:
			return
		}
	}
}

// dropQualifiers forgets those at the end of the frame: of an array, to which gcc
// gives those of its elements, and of a prototype, which gcc calls volatile if it
// does not return. The elements have their own, and C has none for functions.
func (p *printer) dropQualifiers(f *frame) {
	for !f.empty() && p.last(f).Kind().IsQualifier() {
		f.end--
	}
}

// declarator writes the frame around a name.
func (p *printer) declarator(f *frame, name cname, level int) {
	// Of "int *x" there is a space before the first asterisk, and none between it and
	// the name. A frame that begins with a pointer is in parentheses, after which there
	// is none either.
	afterPointer := true
	for !f.empty() {
		f.end--
		id := p.chain[f.end]
		rec := p.types.Record(id)
		kind := rec.Kind()
		switch kind {
		case btf.KindVoid:
			p.qualifiers(f)
			p.str("void")
		case btf.KindInt, btf.KindFloat:
			p.qualifiers(f)
			p.nameAt(rec.NameOff())
		case btf.KindStruct, btf.KindUnion:
			p.qualifiers(f)
			if rec.NameOff() == 0 {
				p.composite(id, rec, level)
			} else {
				p.compositeName(id, rec)
			}
		case btf.KindEnum, btf.KindEnum64:
			p.qualifiers(f)
			if rec.NameOff() == 0 {
				p.enum(id, rec, level)
			} else {
				p.enumName(id, rec)
			}
		case btf.KindFwd:
			p.qualifiers(f)
			p.fwd(id, rec)
		case btf.KindTypedef:
			p.qualifiers(f)
			p.ident(id, rec)
		case btf.KindPtr:
			if !afterPointer {
				p.str(" ")
			}
			p.str("*")
		case btf.KindVolatile:
			p.str(" volatile")
		case btf.KindConst:
			p.str(" const")
		case btf.KindRestrict:
			p.str(" restrict")
		case btf.KindTypeTag:
			p.qualifiers(f)
			p.typeTag(rec)
		case btf.KindArray:
			p.array(f, rec, name, afterPointer, level)
			return
		case btf.KindFuncProto:
			p.function(f, rec, name, afterPointer, level)
			return
		default: // nothing that a declaration can be of
			return
		}
		afterPointer = kind == btf.KindPtr
	}
	p.declared(name, afterPointer)
}

// declared writes the name that is declared.
func (p *printer) declared(name cname, afterPointer bool) {
	if !afterPointer {
		p.str(" ")
	}
	start := len(p.buf)
	p.name(name)
	if !afterPointer && len(p.buf) == start {
		p.buf = p.buf[:start-1]
	}
}

func (p *printer) typeTag(rec btf.Record) {
	if rec.KindFlag() {
		p.str(" __attribute__((")
		p.nameAt(rec.NameOff())
		p.str("))")
		return
	}
	p.str(` __attribute__((btf_type_tag("`)
	p.nameAt(rec.NameOff())
	p.str(`")))`)
}

// array writes the rest of the frame, which is around an array, and its length.
func (p *printer) array(f *frame, rec btf.Record, name cname, afterPointer bool, level int) {
	p.dropQualifiers(f)
	if f.empty() {
		p.declared(name, afterPointer)
	} else {
		parens := p.last(f).Kind() != btf.KindArray
		if !afterPointer && !p.isEmpty(name) {
			p.str(" ")
		}
		p.inner(f, parens, name, level)
	}
	p.str("[")
	p.uint(uint64(rec.Array().Len))
	p.str("]")
}

// function writes the rest of the frame, which is around a prototype, and the
// parameters. A last one of type void stands for more of them.
func (p *printer) function(f *frame, rec btf.Record, name cname, afterPointer bool, level int) {
	p.dropQualifiers(f)
	if f.empty() {
		p.declared(name, afterPointer)
	} else {
		p.str(" ")
		p.inner(f, true, name, level)
	}
	n := rec.Vlen()
	if n == 0 || n == 1 && rec.Param(0).Type == 0 {
		p.str("(void)")
		return
	}
	p.str("(")
	for i := range n {
		param := rec.Param(i)
		if i > 0 {
			p.str(", ")
		}
		if i == n-1 && param.Type == 0 {
			p.str("...")
			break
		}
		p.declaration(param.Type, cname{off: param.Name}, level)
	}
	p.str(")")
}

// inner writes the rest of the frame where the name of an array or function goes.
func (p *printer) inner(f *frame, parens bool, name cname, level int) {
	if !p.step(p.chain[f.end-1]) {
		return
	}
	if parens {
		p.str("(")
	}
	p.depth++
	p.declarator(f, name, level)
	p.depth--
	if parens {
		p.str(")")
	}
}
