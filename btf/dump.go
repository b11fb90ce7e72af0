package btf

import (
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/gopahole/gopahole/internal/decimal"
	"github.com/gopahole/gopahole/internal/quote"
)

// Dump writes the own types, or those with the given IDs, as text, byte for byte as
// "bpftool btf dump file FILE format raw" does (with -B BASE for split BTF), but for
// names that are not printable or hold a backslash: bpftool writes their bytes, so that
// a name can hold lines that look like types, and here they have escapes (\n, \x1b,
// \\). Kinds this package does not know come out as UNKNOWN without details.
func (t *Types) Dump(w io.Writer, ids ...ID) error {
	d := newDumper(t, w)
	for id := range t.chosen(ids) {
		d.record(id, t.Record(id))
		if d.err != nil {
			return d.err
		}
	}
	return d.flush()
}

// chosen returns the given IDs, or without any those of the own types.
func (t *Types) chosen(ids []ID) iter.Seq[ID] {
	if len(ids) > 0 {
		return slices.Values(ids)
	}
	return func(yield func(ID) bool) {
		for id := t.firstID; id < t.NumIDs() && yield(id); id++ {
		}
	}
}

// dumper builds text in line, and writes it piece by piece: a type may have millions of
// elements.
type dumper struct {
	t    *Types
	w    io.Writer
	line []byte
	err  error // of w
}

const dumpPiece = 1 << 16 // bytes

func newDumper(t *Types, w io.Writer) dumper {
	return dumper{t: t, w: w, line: make([]byte, 0, dumpPiece+dumpPiece/8)}
}

// flushFull writes what there is once it is worth a call.
func (d *dumper) flushFull() {
	if len(d.line) >= dumpPiece {
		d.flush()
	}
}

func (d *dumper) flush() error {
	if d.err == nil {
		_, d.err = d.w.Write(d.line)
	}
	d.line = d.line[:0]
	return d.err
}

func (d *dumper) str(s string) { d.line = append(d.line, s...) }
func (d *dumper) num(label string, n uint32) {
	d.str(label)
	d.line = decimal.Append(d.line, n)
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
		d.line = quote.AppendCString(d.line, d.t.TextFrom(StrOff(off)))
	}
	d.str("'")
}

func (d *dumper) record(id ID, rec Record) {
	kind := rec.Kind()
	info := kind.info()
	d.num("[", uint32(id))
	d.str("] ")
	d.str(dumpKind(kind))
	d.name(" ", rec[0])
	for i := range info.text {
		d.item(&info.text[i], rec, rec)
	}
	if info.note == noteLocation {
		d.str(valuesLabel)
		d.line = rec.LocParam().appendText(d.line)
		d.str("'")
	} else if n := len(info.Elem); n > 0 {
		named := info.elemNamed()
		for rest := rec[head+len(info.Tail):]; len(rest) >= n; rest = rest[n:] {
			d.element(info, named, rec, rest)
			d.flushFull()
		}
	}
	d.str("\n")
	d.flushFull()
}

// element writes the line of an element.
func (d *dumper) element(info *kindInfo, named bool, rec Record, elem []uint32) {
	if named {
		d.name("\n\t", elem[0])
	} else {
		d.str("\n\t")
	}
	if info.note == noteName {
		d.noteOf(info.note, ID(elem[0]))
	}
	for i := range info.elemText {
		d.item(&info.elemText[i], rec, elem)
	}
	if info.note != noteName {
		d.noteOf(info.note, ID(elem[0]))
	}
}

// noteOf writes what the line of an element says of the type that it refers to.
func (d *dumper) noteOf(note textNote, id ID) {
	switch note {
	case noteTarget:
		d.str(" ")
		d.target(id)
	case noteName:
		d.name(nameLabel, uint32(d.t.Record(id).NameOff()))
		d.str(" ")
	case noteLocParam:
		d.str(valueLabel)
		switch rec := d.t.Record(id); {
		case id == 0:
			d.str(noLocation)
		case rec.Kind() != KindLocParam || rec.Vlen() > maxLocValues: // a long one may be referred to often
			d.str(badLocation)
		default:
			d.line = rec.LocParam().appendText(d.line)
		}
		d.str("'")
	}
}

// item writes a label and its value, of a word of the record or of an element.
func (d *dumper) item(item *textItem, rec Record, words []uint32) {
	d.str(item.label)
	d.value(item, rec, words)
}

func (d *dumper) value(item *textItem, rec Record, words []uint32) {
	v := words[item.word]
	switch item.as {
	case asNumber:
		d.num("", v)
	case asHex:
		d.line = appendHex(d.line, uint64(v))
	case asSigned:
		d.signed("", int32(v))
	case asVlen:
		d.num("", uint32(rec.Vlen()))
	case asIntOffset:
		_, off, _ := SplitIntWord(v)
		d.num("", uint32(off))
	case asIntBits:
		_, _, bits := SplitIntWord(v)
		d.num("", uint32(bits))
	case asIntEncoding, asFwdKind, asEnumEncoding, asVlenLinkage, asLinkage:
		d.str(item.wordOf(rec, v))
	case asMemberOffset:
		off, width := SplitMemberWord(v, rec.KindFlag())
		d.num("", off)
		if width != 0 {
			d.num(" bitfield_size=", width)
		}
	case asEnumValue:
		if rec.KindFlag() {
			d.signed("", int32(v))
		} else {
			d.num("", v)
		}
	case asEnum64Value:
		d.enum64(rec, words[item.word:])
		if rec.KindFlag() {
			d.str("LL")
		} else {
			d.str("ULL")
		}
	}
}

// wordOf returns a value that is a word, "" for those that are numbers.
func (item *textItem) wordOf(rec Record, v uint32) string {
	switch item.as {
	case asIntEncoding:
		enc, _, _ := SplitIntWord(v)
		return encodingName(enc)
	case asFwdKind:
		return fwdName(rec.KindFlag())
	case asEnumEncoding:
		return enumEncodingName(rec.KindFlag())
	case asVlenLinkage:
		return Linkage(rec.Vlen()).String()
	case asLinkage:
		return Linkage(v).String()
	}
	return ""
}

// enum64 writes a value of two words, low and high.
func (d *dumper) enum64(rec Record, words []uint32) { d.line = appendEnum64(d.line, rec, words) }

func appendEnum64(dst []byte, rec Record, words []uint32) []byte {
	v := uint64(words[1])<<32 | uint64(words[0])
	if rec.KindFlag() {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return strconv.AppendUint(dst, v, 10)
}

// target writes the kind and name of a type in brackets.
func (d *dumper) target(id ID) {
	rec := d.t.Record(id)
	d.str("(")
	d.str(dumpKind(rec.Kind()))
	d.name(" ", uint32(rec.NameOff()))
	d.str(")")
}
