package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// maxPiece is the longest text that one call of the kernel's log prints, in
// bytes (BPF_VERIFIER_TMP_LOG_SIZE, without the NUL byte).
const maxPiece = 1023

// A line is text for the kernel's log, from pieces that are cut where the kernel
// cuts them.
type line []byte

func (l *line) printf(format string, args ...any) {
	start := len(*l)
	*l = fmt.Appendf(*l, format, args...)
	if len(*l)-start > maxPiece {
		*l = (*l)[:start+maxPiece]
	}
}

// kindName is the kernel's name of a kind.
func kindName(k btf.Kind) string {
	if k == btf.KindVoid {
		return "UNKNOWN"
	}
	return k.String()
}

// typeLine is how the kernel shows a type: with or without the details of its
// kind, and with a message if it has one.
func (b *blob) typeLine(id btf.ID, rec btf.Record, details bool, message string) string {
	var l line
	kind, space := rec.Kind(), ""
	if details {
		space = " "
	}
	l.printf("[%d] %s %s%s", id, kindName(kind), b.name(rec.NameOff()), space)
	if details {
		b.details(&l, kind, rec)
	}
	l.message(message)
	return string(l)
}

func (l *line) message(m string) {
	if m != "" {
		l.printf(" ")
		l.printf("%s", m)
	}
}

var intEncodings = map[btf.Encoding]string{
	0: "(none)", btf.EncodingSigned: "SIGNED", btf.EncodingChar: "CHAR", btf.EncodingBool: "BOOL",
}

func (b *blob) details(l *line, kind btf.Kind, rec btf.Record) {
	switch kind {
	case btf.KindInt:
		i := rec.Int()
		name, ok := intEncodings[i.Encoding]
		if !ok {
			name = "UNKN"
		}
		l.printf("size=%d bits_offset=%d nr_bits=%d encoding=%s", rec.Size(), i.Offset, i.Bits, name)
	case btf.KindPtr, btf.KindTypedef, btf.KindVolatile, btf.KindConst, btf.KindRestrict, btf.KindTypeTag, btf.KindFunc:
		l.printf("type_id=%d", rec.Type())
	case btf.KindFwd:
		l.printf("%s", map[bool]string{false: "struct", true: "union"}[rec.KindFlag()])
	case btf.KindArray:
		a := rec.Array()
		l.printf("type_id=%d index_type_id=%d nr_elems=%d", a.Elem, a.Index, a.Len)
	case btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindDatasec:
		l.printf("size=%d vlen=%d", rec.Size(), rec.Vlen())
	case btf.KindVar:
		l.printf("type_id=%d linkage=%d", rec.Type(), rec.Linkage())
	case btf.KindFloat:
		l.printf("size=%d", rec.Size())
	case btf.KindDeclTag:
		l.printf("type=%d component_idx=%d", rec.Type(), rec.Component())
	case btf.KindFuncProto:
		b.protoDetails(l, rec)
	}
}

func (b *blob) protoDetails(l *line, rec btf.Record) {
	l.printf("return=%d args=(", rec.Type())
	n := rec.Vlen()
	for i := range n {
		p := rec.Param(i)
		sep := ", "
		if i == 0 {
			sep = ""
		}
		switch {
		case i == n-1 && p.Type == 0:
			l.printf("%svararg", sep)
		default:
			l.printf("%s%d %s", sep, p.Type, b.name(p.Name))
		}
	}
	if n == 0 {
		l.printf("void")
	}
	l.printf(")")
}

// memberLine is how the kernel shows a member.
func (b *blob) memberLine(rec btf.Record, m btf.RawMember, message string) string {
	var l line
	if rec.KindFlag() {
		l.printf("\t%s type_id=%d bitfield_size=%d bits_offset=%d", b.name(m.Name), m.Type, m.Width, m.Offset)
	} else {
		l.printf("\t%s type_id=%d bits_offset=%d", b.name(m.Name), m.Type, m.Offset)
	}
	l.message(message)
	return string(l)
}

// varLine is how the kernel shows an entry of a DATASEC.
func varLine(e btf.Secinfo, message string) string {
	var l line
	l.printf("\t type_id=%d offset=%d size=%d", e.Var, e.Offset, e.Size)
	l.message(message)
	return string(l)
}
