package layout

import (
	"strconv"

	"github.com/gopahole/gopahole/btf"
)

// member prints a member: its declaration, and a comment with its offset and size.
func (p *Printer) member(m *member, ofUnion bool, outer *style) {
	if len(p.buf) > textPerType {
		p.classes.tooDeep(m.typ)
		return
	}
	s := *outer
	offset := m.offset
	if !s.relative {
		offset += s.base
		if !ofUnion {
			s.base = offset
		}
	}
	p.boundary(offset, outer)
	start := len(p.buf)
	if !s.expand && !s.noOffsets && p.plainMember(m, &s) {
		p.spaces(s.typeWidth + s.nameWidth - (len(p.buf) - start))
		p.place(m, offset)
		return
	}
	rec := p.types.Record(m.typ)
	tagged := isTagged(rec.Kind())
	inline := tagged && rec.NameOff() == 0
	name := p.string(m.name)
	if tagged {
		p.declare(m.typ, "", false, &s)
		if name != "" {
			if inline || s.expand {
				p.str(" ")
			}
			p.name1(name)
		}
	} else {
		p.declare(m.typ, name, true, &s)
	}
	if m.width != 0 {
		p.printf(":%d", m.width)
	}
	aligned := len(p.buf)
	if m.align != 0 {
		p.printf(" __attribute__((__aligned__(%d)))", m.align)
	}
	aligned = len(p.buf) - aligned
	p.str(";")
	if s.noOffsets {
		return
	}
	gap := s.typeWidth + s.nameWidth
	if inline {
		used := aligned + len(name)
		if name == "" {
			used--
		}
		if k := p.classes.get(m.typ); k != nil && k.isStruct() && k.packed {
			used += len(packedAttribute)
		}
		p.padded(" ", gap-used-3)
	} else {
		p.padded(" ", max(0, gap-(len(p.buf)-start)))
	}
	p.place(m, offset)
}

// plainMember prints the declaration of a member whose type is said by a name, or by that and an
// asterisk, as that of nearly all is. It prints nothing and returns false for others.
func (p *Printer) plainMember(m *member, s *style) bool {
	rec := p.types.Record(m.typ)
	switch rec.Kind() {
	case btf.KindInt, btf.KindFloat, btf.KindTypedef:
		start := len(p.buf)
		p.typeName(m.typ, 128)
		p.column(start, s.typeWidth)
	case btf.KindPtr:
		if r := p.types.Record(rec.Type()); r.NameOff() == 0 && rec.Type() != 0 || r.Kind() == btf.KindTypeTag {
			return false
		}
		start := len(p.buf)
		p.typeName(m.typ, 128)
		p.column(start, s.typeWidth)
	case btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindFwd:
		if rec.NameOff() == 0 {
			return false
		}
		p.tag(rec, s)
	default:
		return false
	}
	p.str(" ")
	p.nameAt(m.name)
	if m.width != 0 {
		p.count(":", uint32(m.width))
	}
	if m.align != 0 {
		p.printf(" __attribute__((__aligned__(%d)))", m.align)
	}
	p.str("; ")
	return true
}

// tag prints the name of a struct, union or enum in the column of types.
func (p *Printer) tag(rec btf.Record, s *style) {
	keyword := keywordOf(rec)
	p.str(keyword)
	start := len(p.buf)
	p.nameAt(rec.NameOff())
	p.column(start, s.typeWidth-len(keyword))
}

// place prints the offset and size of a member.
func (p *Printer) place(m *member, offset uint32) {
	p.str("/* ")
	p.right(5, uint64(offset))
	width := 5
	if m.width != 0 {
		p.str(":")
		p.right(2, uint64(uint32(int32(m.at))))
		width -= 3
	}
	p.str(" ")
	p.right(width, m.size)
	p.str(" */")
}

// right prints a number at the right end of a column.
func (p *Printer) right(width int, v uint64) {
	if p.o.Hex || v >= 10000 || width < 4 {
		var room [20]byte
		digits := strconv.AppendUint(room[:0], v, 10)
		if p.o.Hex {
			digits = appendHex(room[:0], v)
		}
		p.spaces(width - len(digits))
		p.buf = append(p.buf, digits...)
		return
	}
	p.spaces(width)
	for at := len(p.buf) - 1; ; at-- {
		p.buf[at] = '0' + byte(v%10)
		if v /= 10; v == 0 {
			return
		}
	}
}

// boundary says that a member is on another cache line than the one before.
func (p *Printer) boundary(offset uint32, s *style) {
	line := offset / p.classes.line
	if line <= *s.line {
		return
	}
	ago := offset % p.classes.line
	p.count("/* --- cacheline ", line)
	p.count(" boundary (", offset-ago)
	p.str(" bytes)")
	if ago != 0 {
		p.printf(" was %d byte%s ago", ago, plural(ago))
	}
	p.str(" --- */\n")
	p.tabs(s.indent)
	*s.line = line
}

// declare prints a type, and the name that is declared to be of it, in columns. Without
// one, hasName is false, and what follows comes right after.
func (p *Printer) declare(id btf.ID, name string, hasName bool, outer *style) {
	depth := p.classes.depth
	p.declareDeep(id, name, hasName, outer)
	p.classes.depth = depth
}

// declareDeep is declare, but leaves it to that to come back from the types that it entered.
func (p *Printer) declareDeep(id btf.ID, name string, hasName bool, outer *style) {
	s := *outer
	if s.expand {
		id = p.expandTypedefs(id)
	}
	if isTagged(p.types.Record(id).Kind()) {
		s.inline(name, hasName)
	}
	for {
		rec := p.types.Record(id)
		switch rec.Kind() {
		case btf.KindPtr:
			to := p.skipTags(rec.Type())
			target := p.types.Record(to)
			if target.Kind() == btf.KindFuncProto {
				p.function(to, name, true, s.typeWidth, &s)
				return
			}
			if isTagged(target.Kind()) && target.NameOff() == 0 {
				s.relative = true
				name, hasName = truncated("* "+name, 258), true
				id = to
				s.typeWidth -= 8
				s.inline(name, hasName)
				continue
			}
		case btf.KindFuncProto:
			p.function(id, name, false, s.typeWidth, &s)
			return
		case btf.KindConst:
			p.str("const ")
			s.typeWidth -= len("const ")
			if rec.Type() != 0 {
				id = rec.Type()
				continue
			}
		case btf.KindTypeTag:
			id = rec.Type()
			if !p.classes.enter(id) {
				return
			}
			continue
		case btf.KindArray:
			p.array(rec, name, hasName, &s)
			return
		case btf.KindStruct, btf.KindUnion, btf.KindFwd, btf.KindEnum, btf.KindEnum64:
			p.tagged(id, rec, name, hasName, &s)
			return
		}
		start := len(p.buf)
		p.typeName(id, 128)
		p.column(start, s.typeWidth)
		p.str(" ")
		p.name1(name)
		return
	}
}

// inline makes a style one for members of a type that is written where it is used.
func (s *style) inline(name string, hasName bool) {
	s.suffix, s.hasSuffix = name, hasName
	s.stats = false
}

// tagged prints a struct, union or enum by its name, or with what is in it.
func (p *Printer) tagged(id btf.ID, rec btf.Record, name string, hasName bool, s *style) {
	kind := rec.Kind()
	isUnion := kind == btf.KindUnion || kind == btf.KindFwd && rec.KindFlag()
	if rec.NameOff() != 0 && !s.expand {
		p.tag(rec, s)
		p.str(" ")
		if hasName {
			p.name1(name)
		}
		return
	}
	switch {
	case kind.IsAnyEnum():
		p.enum(rec, s)
	case isUnion:
		s.typeWidth -= 8
		s.suffix, s.hasSuffix = name, hasName
		p.union(p.classes.get(id), s)
	default:
		k := p.classes.get(id)
		p.classes.findHoles(k)
		s.typeWidth -= 8
		p.structure(k, s)
	}
}

// expandTypedefs prints the names of typedefs as a comment, and returns what they are of.
func (p *Printer) expandTypedefs(id btf.ID) btf.ID {
	begin := "/* typedef "
	for range maxDepth {
		rec := p.types.Record(id)
		if rec.Kind() != btf.KindTypedef {
			break
		}
		p.str(begin)
		p.str(p.name(id))
		begin = " -> "
		id = rec.Type()
	}
	if begin == " -> " {
		p.str(" */ ")
	}
	return id
}

// array prints an array, of arrays too. One without a length at the end of a struct has
// empty brackets.
func (p *Printer) array(rec btf.Record, name string, hasName bool, s *style) {
	var lengths []uint32
	elem := btf.ID(0)
	for rec.Kind() == btf.KindArray && len(lengths) < maxDepth {
		a := rec.Array()
		lengths = append(lengths, a.Len)
		elem, rec = a.Elem, p.types.Record(a.Elem)
		if a.Len == 0 && rec.Kind() == btf.KindConst {
			elem = rec.Type()
			rec = p.types.Record(elem)
		}
	}
	if !p.classes.enter(elem) {
		return
	}
	p.declare(elem, name, hasName, s)
	p.classes.depth--
	for _, n := range lengths {
		if n == 0 && s.last && !s.first && !s.inUnion {
			p.str("[]")
		} else {
			p.printf("[%d]", n)
		}
	}
}

// skipTags returns what is behind type tags.
func (p *Printer) skipTags(id btf.ID) btf.ID {
	for range maxDepth {
		rec := p.types.Record(id)
		if rec.Kind() != btf.KindTypeTag {
			break
		}
		id = rec.Type()
	}
	return id
}
