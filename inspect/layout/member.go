package layout

import (
	"strconv"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/decimal"
	"github.com/gopahole/gopahole/internal/quote"
)

// member prints a member: its declaration, and a comment with its offset and size.
func (p *Printer) member(m *member, ofUnion bool, outer *style) {
	if len(p.buf)-p.whole > textPerType {
		p.classes.tooDeep(m.typ)
	}
	if p.classes.err != nil {
		return
	}
	offset := m.offset
	if !outer.relative {
		offset += outer.base
	}
	p.boundary(offset, outer)
	if !outer.expand && !outer.noOffsets && p.plainMember(m, outer) {
		p.place(m, offset)
		return
	}
	s := *outer
	if !s.relative && !ofUnion {
		s.base = offset
	}
	start := len(p.buf)
	rec := m.rec
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
		p.count(":", uint32(m.width))
	}
	aligned := len(p.buf)
	if m.align != 0 {
		p.buf = appendAligned(p.buf, m.align)
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
		if k := p.classes.get(m.typ); k != nil && k.isStruct && k.packed {
			used += len(packedAttribute)
		}
		p.padded(" ", gap-used-3)
	} else {
		p.padded(" ", max(0, gap-(len(p.buf)-start)))
	}
	p.place(m, offset)
}

// plainMember prints the declaration of a member whose type is said by a name, or by that and an
// asterisk, as that of nearly all is, and what is between it and its place. It prints nothing and
// returns false for others.
func (p *Printer) plainMember(m *member, s *style) bool {
	start, width := len(p.buf), s.typeWidth
	b, ok := p.appendPlain(p.buf, m.rec)
	if !ok {
		return false
	}
	if isTagged(m.rec.Kind()) {
		width = tagWidth(m.rec, width)
	} else {
		b = cut(b, start, 128)
	}
	b = appendColumn(b, start, max(width, -width))
	b = append(b, ' ')
	b = quote.AppendCString(b, p.types.TextFrom(m.name))
	if m.width != 0 {
		b = decimal.Append(append(b, ':'), uint32(m.width))
	}
	if m.align != 0 {
		b = appendAligned(b, m.align)
	}
	b = append(b, "; "...)
	p.buf = appendColumn(b, start, s.typeWidth+s.nameWidth)
	return true
}

func appendAligned(b []byte, align uint32) []byte {
	return append(decimal.Append(append(b, " __attribute__((__aligned__("...), align), ")))"...)
}

// tag prints the name of a struct, union or enum in the column of types.
func (p *Printer) tag(rec btf.Record, s *style) {
	start := len(p.buf)
	p.buf = p.appendNamed(p.buf, rec)
	p.column(start, tagWidth(rec, s.typeWidth))
}

// tagWidth returns the width of the column of types for the name of a struct, union or enum: what is
// after the keyword is a column of its own.
func tagWidth(rec btf.Record, width int) int {
	keyword := len(keywordOf(rec))
	return keyword + max(width-keyword, keyword-width)
}

// place prints the offset and size of a member.
func (p *Printer) place(m *member, offset uint32) {
	if m.width == 0 && offset < 1e5 && m.size < 1e5 && !p.o.Hex {
		p.buf = p.appendPlace(p.buf, offset, uint32(m.size))
		return
	}
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
	var room [20]byte
	digits := strconv.AppendUint(room[:0], v, 10)
	if p.o.Hex {
		digits = appendHex(room[:0], v)
	}
	p.buf = appendColumn(p.buf, len(p.buf), width-len(digits))
	p.buf = append(p.buf, digits...)
}

// boundary says that a member is on another cache line than the one before.
func (p *Printer) boundary(offset uint32, s *style) {
	if uint64(offset) < (uint64(*s.line)+1)*uint64(p.classes.line) {
		return
	}
	line := offset / p.classes.line
	ago := offset % p.classes.line
	p.count("/* --- cacheline ", line)
	p.count(" boundary (", offset-ago)
	p.str(" bytes)")
	if ago != 0 {
		p.count(" was ", ago)
		p.str(" byte")
		p.str(plural(ago))
		p.str(" ago")
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
				if !p.classes.enter(id) {
					return
				}
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
		s.typeWidth -= 8
		p.structure(p.classes.get(id), s)
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
			p.count("[", n)
			p.str("]")
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
