package verify

import "github.com/gopahole/gopahole/btf"

// What the kernel's log shows of a type of each kind, after its ID, kind and name.

var intEncodings = map[btf.Encoding]string{
	0: "(none)", btf.EncodingSigned: "SIGNED", btf.EncodingChar: "CHAR", btf.EncodingBool: "BOOL",
}

func logInt(_ *blob, l *line, rec btf.Record) {
	i := rec.Int()
	name, ok := intEncodings[i.Encoding]
	if !ok {
		name = "UNKN"
	}
	l.printf("size=%d bits_offset=%d nr_bits=%d encoding=%s", rec.Size(), i.Offset, i.Bits, name)
}

func logType(_ *blob, l *line, rec btf.Record) { l.printf("type_id=%d", rec.Type()) }

func logFwd(_ *blob, l *line, rec btf.Record) {
	l.printf("%s", map[bool]string{false: "struct", true: "union"}[rec.KindFlag()])
}

func logArray(_ *blob, l *line, rec btf.Record) {
	a := rec.Array()
	l.printf("type_id=%d index_type_id=%d nr_elems=%d", a.Elem, a.Index, a.Len)
}

func logElements(_ *blob, l *line, rec btf.Record) {
	l.printf("size=%d vlen=%d", rec.Size(), rec.Vlen())
}

func logVar(_ *blob, l *line, rec btf.Record) {
	l.printf("type_id=%d linkage=%d", rec.Type(), rec.Linkage())
}

func logSize(_ *blob, l *line, rec btf.Record) { l.printf("size=%d", rec.Size()) }

// What the log shows of the kinds of BTF inline was not read: this is the form of the
// others.
func logLocParam(_ *blob, l *line, rec btf.Record) {
	l.printf("size=%d vlen=%d flags=0x%x", rec.Size(), rec.Vlen(), uint32(rec[3]))
}

func logVlen(_ *blob, l *line, rec btf.Record) { l.printf("vlen=%d", rec.Vlen()) }

func logDeclTag(_ *blob, l *line, rec btf.Record) {
	l.printf("type=%d component_idx=%d", rec.Type(), rec.Component())
}

func logProto(b *blob, l *line, rec btf.Record) {
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
