package btf

import (
	"bufio"
	"io"
	"strconv"

	"github.com/gopahole/gopahole/internal/quote"
)

// Dump writes the own types as text, byte for byte as "bpftool btf dump file
// FILE format raw" does (with -B BASE for split BTF), but for names that are not
// printable or hold a backslash: bpftool writes their bytes, so that a name can hold
// lines that look like types, and here they have escapes (\n, \x1b, \\). Kinds this
// package does not know come out as UNKNOWN without details.
func (t *Types) Dump(w io.Writer) error {
	d := dumper{t: t, w: bufio.NewWriterSize(w, 1<<16)}
	for id := t.firstID; id < t.NumIDs(); id++ {
		d.record(id, t.Record(id))
		if _, err := d.w.Write(d.line); err != nil {
			return err
		}
		d.line = d.line[:0]
	}
	return d.w.Flush()
}

// dumper builds one type's text at a time in line.
type dumper struct {
	t    *Types
	w    *bufio.Writer
	line []byte
}

func (d *dumper) str(s string) { d.line = append(d.line, s...) }
func (d *dumper) num(label string, n uint32) {
	d.str(label)
	d.line = strconv.AppendUint(d.line, uint64(n), 10)
}
func (d *dumper) signed(label string, n int32) {
	d.str(label)
	d.line = strconv.AppendInt(d.line, int64(n), 10)
}

// name writes a string in quotes; offset 0 is anonymous, other offsets of
// empty strings are not.
func (d *dumper) name(label string, off uint32) {
	d.str(label)
	d.str("'")
	if off == 0 {
		d.str(anonName)
	} else {
		s, _ := d.t.String(StrOff(off))
		d.line = quote.AppendName(d.line, s)
	}
	d.str("'")
}

func (d *dumper) record(id ID, rec []uint32) {
	kind, vlen, kflag := KindOf(rec[1]), VlenOf(rec[1]), KindFlag(rec[1])
	d.num("[", uint32(id))
	d.str("] ")
	d.str(dumpKind(kind))
	d.name(" ", rec[0])
	switch kind {
	case KindInt:
		enc, off, bits := SplitIntWord(rec[3])
		d.num(" size=", rec[2])
		d.num(" bits_offset=", uint32(off))
		d.num(" nr_bits=", uint32(bits))
		d.str(" encoding=" + encodingName(enc))
	case KindPtr, KindConst, KindVolatile, KindRestrict, KindTypedef, KindTypeTag:
		d.num(" type_id=", rec[2])
	case KindArray:
		d.num(" type_id=", rec[3])
		d.num(" index_type_id=", rec[4])
		d.num(" nr_elems=", rec[5])
	case KindStruct, KindUnion:
		d.num(" size=", rec[2])
		d.num(" vlen=", uint32(vlen))
		d.members(rec[head:], kflag)
	case KindEnum, KindEnum64:
		d.str(" encoding=" + enumEncodingName(kflag))
		d.num(" size=", rec[2])
		d.num(" vlen=", uint32(vlen))
		d.values(rec[head:], kind, kflag)
	case KindFwd:
		d.str(" fwd_kind=" + fwdName(kflag))
	case KindFunc:
		d.num(" type_id=", rec[2])
		d.str(" linkage=" + linkageName(Linkage(vlen)))
	case KindFuncProto:
		d.num(" ret_type_id=", rec[2])
		d.num(" vlen=", uint32(vlen))
		for p := rec[head:]; len(p) > 0; p = p[2:] {
			d.name("\n\t", p[0])
			d.num(" type_id=", p[1])
		}
	case KindVar:
		d.num(" type_id=", rec[2])
		d.str(", linkage=" + linkageName(Linkage(rec[3])))
	case KindDatasec:
		d.num(" size=", rec[2])
		d.num(" vlen=", uint32(vlen))
		d.secinfos(rec[head:])
	case KindFloat:
		d.num(" size=", rec[2])
	case KindDeclTag:
		d.num(" type_id=", rec[2])
		d.signed(" component_idx=", int32(rec[3]))
	}
	d.str("\n")
}

func (d *dumper) members(m []uint32, kflag bool) {
	for ; len(m) > 0; m = m[3:] {
		off, width := SplitMemberWord(m[2], kflag)
		d.name("\n\t", m[0])
		d.num(" type_id=", m[1])
		d.num(" bits_offset=", off)
		if width != 0 {
			d.num(" bitfield_size=", width)
		}
	}
}

// values writes enumerators. ENUM64 values carry a C suffix, ENUM values do
// not.
func (d *dumper) values(v []uint32, kind Kind, signed bool) {
	for step := int(recordSizes[kind].elem); len(v) > 0; v = v[step:] {
		d.name("\n\t", v[0])
		d.str(" val=")
		switch {
		case kind == KindEnum && signed:
			d.signed("", int32(v[1]))
		case kind == KindEnum:
			d.num("", v[1])
		case signed:
			d.line = strconv.AppendInt(d.line, int64(v[2])<<32|int64(v[1]), 10)
			d.str("LL")
		default:
			d.line = strconv.AppendUint(d.line, uint64(v[2])<<32|uint64(v[1]), 10)
			d.str("ULL")
		}
	}
}

// secinfos writes the entries of a DATASEC, each with the kind and name of
// what it refers to.
func (d *dumper) secinfos(v []uint32) {
	for ; len(v) > 0; v = v[3:] {
		d.num("\n\ttype_id=", v[0])
		d.num(" offset=", v[1])
		d.num(" size=", v[2])
		d.str(" ")
		d.target(ID(v[0]))
	}
}

// target writes the kind and name of a type in brackets.
func (d *dumper) target(id ID) {
	kind, name := KindVoid, uint32(0)
	if rec := d.t.Record(id); rec != nil {
		kind, name = KindOf(rec[1]), rec[0]
	}
	d.str("(")
	d.str(dumpKind(kind))
	d.name(" ", name)
	d.str(")")
}
