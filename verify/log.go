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
func (b *blob) typeLine(id uint32, rec []uint32, details bool, message string) string {
	var l line
	kind, space := b.kind(rec), ""
	if details {
		space = " "
	}
	l.printf("[%d] %s %s%s", id, kindName(kind), b.name(rec[0]), space)
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

func (b *blob) details(l *line, kind btf.Kind, rec []uint32) {
	switch kind {
	case btf.KindInt:
		enc, offset, bits := btf.SplitIntWord(rec[3])
		name, ok := intEncodings[enc]
		if !ok {
			name = "UNKN"
		}
		l.printf("size=%d bits_offset=%d nr_bits=%d encoding=%s", rec[2], offset, bits, name)
	case btf.KindPtr, btf.KindTypedef, btf.KindVolatile, btf.KindConst, btf.KindRestrict, btf.KindTypeTag, btf.KindFunc:
		l.printf("type_id=%d", rec[2])
	case btf.KindFwd:
		l.printf("%s", map[bool]string{false: "struct", true: "union"}[kindFlag(rec)])
	case btf.KindArray:
		l.printf("type_id=%d index_type_id=%d nr_elems=%d", rec[3], rec[4], rec[5])
	case btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindDatasec:
		l.printf("size=%d vlen=%d", rec[2], b.vlen(rec))
	case btf.KindVar:
		l.printf("type_id=%d linkage=%d", rec[2], rec[3])
	case btf.KindFloat:
		l.printf("size=%d", rec[2])
	case btf.KindDeclTag:
		l.printf("type=%d component_idx=%d", rec[2], int32(rec[3]))
	case btf.KindFuncProto:
		b.protoDetails(l, rec)
	}
}

func (b *blob) protoDetails(l *line, rec []uint32) {
	l.printf("return=%d args=(", rec[2])
	n := b.vlen(rec)
	for i := range n {
		p := elem(rec, i, 2)
		sep := ", "
		if i == 0 {
			sep = ""
		}
		switch {
		case i == n-1 && p[1] == 0:
			l.printf("%svararg", sep)
		default:
			l.printf("%s%d %s", sep, p[1], b.name(p[0]))
		}
	}
	if n == 0 {
		l.printf("void")
	}
	l.printf(")")
}

// memberLine is how the kernel shows a member.
func (b *blob) memberLine(rec, m []uint32, message string) string {
	var l line
	if kindFlag(rec) {
		offset, width := btf.SplitMemberWord(m[2], true)
		l.printf("\t%s type_id=%d bitfield_size=%d bits_offset=%d", b.name(m[0]), m[1], width, offset)
	} else {
		l.printf("\t%s type_id=%d bits_offset=%d", b.name(m[0]), m[1], m[2])
	}
	l.message(message)
	return string(l)
}

// varLine is how the kernel shows an entry of a DATASEC.
func varLine(e []uint32, message string) string {
	var l line
	l.printf("\t type_id=%d offset=%d size=%d", e[0], e[1], e[2])
	l.message(message)
	return string(l)
}
