package cheader

import "github.com/gopahole/gopahole/btf"

// word writes the keyword of a struct or union, and what parts it from a name.
func (p *printer) word(keyword string, named bool) {
	p.str(keyword)
	if named {
		p.str(" ")
	}
}

// compositeName writes "struct NAME" or "union NAME".
func (p *printer) compositeName(id btf.ID, rec btf.Record) {
	keyword := "union"
	if rec.Kind() == btf.KindStruct {
		keyword = "struct"
	}
	p.word(keyword, rec.NameOff() != 0)
	p.tag(id, rec)
}

// composite writes a struct or union with its members.
func (p *printer) composite(id btf.ID, rec btf.Record, level int) {
	isStruct := rec.Kind() == btf.KindStruct
	align, packed := p.layouts.composite(id, rec)
	packed = packed && isStruct
	p.compositeName(id, rec)
	p.str(" {")
	end, inBits := int64(0), false
	for i := range rec.Vlen() {
		m := rec.Member(i)
		memberAlign := 1
		if !packed {
			memberAlign = p.layouts.align(m.Type)
		}
		bits := m.Width != 0
		p.pad(end, int64(m.Offset), memberAlign, inBits && bits, level+1)
		if !p.step(id) {
			return
		}
		p.line(level + 1)
		p.declaration(m.Type, cname{off: m.Name}, level+1)
		end = int64(m.Offset) + int64(m.Width)
		if bits {
			p.str(": ")
			p.uint(uint64(m.Width))
		} else {
			end += 8 * p.layouts.size(m.Type)
		}
		inBits = bits
		p.str(";")
	}
	if isStruct {
		p.pad(end, 8*int64(rec.Size()), align, false, level+1)
		if !p.step(id) {
			return
		}
	}
	if rec.Vlen() > 0 || rec.Size() > 0 {
		p.line(level)
	}
	p.str("}")
	if packed {
		p.str(" __attribute__((packed))")
	}
}

// enumName writes "enum NAME".
func (p *printer) enumName(id btf.ID, rec btf.Record) {
	p.word("enum", rec.NameOff() != 0)
	p.tag(id, rec)
}

// enum writes an enum with its values. One without values is of a declaration.
func (p *printer) enum(id btf.ID, rec btf.Record, level int) {
	p.enumName(id, rec)
	if rec.Vlen() == 0 {
		return
	}
	p.str(" {")
	for i := range rec.Vlen() {
		p.enumerator(rec, rec.EnumValue(i), level+1)
	}
	p.line(level)
	p.str("}")
	switch {
	case rec.Size() == 1:
		p.str(" __attribute__((mode(byte)))")
	case rec.Size() == 8 && p.layouts.pointer == 8 && fitsWord(rec):
		p.str(" __attribute__((mode(word)))")
	}
}

func (p *printer) enumerator(rec btf.Record, v btf.RawEnumValue, level int) {
	p.line(level)
	p.nameAt(v.Name)
	if n := useOf(p.idents, v.Name); n > 1 {
		p.str("___")
		p.uint(uint64(n))
	}
	p.str(" = ")
	wide := rec.Kind() == btf.KindEnum64
	switch {
	case rec.KindFlag():
		p.int(int64(v.Value))
		if wide {
			p.str("LL")
		}
	default:
		p.uint(v.Value)
		if wide {
			p.str("ULL")
		}
	}
	p.str(",")
}

// fitsWord reports whether an enum of 8 bytes has no value that makes it so large,
// so that an attribute has to.
func fitsWord(rec btf.Record) bool {
	if rec.Kind() == btf.KindEnum {
		return true
	}
	for _, v := range rec.EnumValues() {
		if v.Value>>32 != 0 {
			return false
		}
	}
	return true
}

// fwd writes a declaration of a struct or union that BTF does not have.
func (p *printer) fwd(id btf.ID, rec btf.Record) {
	if rec.KindFlag() {
		p.str("union ")
	} else {
		p.str("struct ")
	}
	p.tag(id, rec)
}

// typedef writes a typedef. Old compilers say that __gnuc_va_list is void.
func (p *printer) typedef(id btf.ID, rec btf.Record) {
	name := p.givenName(id, rec, p.idents)
	if rec.Type() == 0 && name.use < 2 && p.types.Name(id) == "__gnuc_va_list" {
		p.str("typedef __builtin_va_list __gnuc_va_list")
		return
	}
	p.str("typedef ")
	p.declaration(rec.Type(), name, 0)
}
