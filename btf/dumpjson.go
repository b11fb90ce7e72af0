package btf

import (
	"encoding/base64"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// DumpJSON writes the own types, or those with the given IDs, as JSON, byte for byte as
// "bpftool -j btf dump file FILE" does, or with indent as "bpftool -p": one object, {"types":[...]}, and a
// newline. Its keys are the words of [Types.Dump]; elements are in an array that is
// called members, values, params or vars, or for the kinds of BTF inline values,
// params or locs.
//
// Values of an unsigned ENUM from 1<<31 on are too large by 1<<64 - 1<<32, as bpftool has
// them; those of ENUM64 are right.
//
// bpftool writes names as they are, which need not be JSON. Here, characters that are
// not printable are escaped. Bytes that are no UTF-8 come out as U+FFFD, and the name
// once more as it is in a field name_base64.
func (t *Types) DumpJSON(w io.Writer, indent bool, ids ...ID) error {
	d := jsonDumper{textBuffer: newTextBuffer(w), t: t, indent: indent, plain: true, anon: pieceOf(anonName), words: make(map[string]*piece), lastPiece: pieceOf(`""`)}
	for b := t; b != nil && d.plain; b = b.base {
		d.plain = isPlainText(b.text)
	}
	d.bitfieldSize = pieceOf("," + d.key(5, "bitfield_size"))
	d.str("{" + d.key(1, "types") + "[")
	between := false
	for id := range t.chosen(ids) {
		if between {
			d.char(',')
		}
		between = true
		d.typ(id, t.Record(id))
		if d.err != nil {
			return d.err
		}
	}
	if between {
		d.str(d.newline(1))
	}
	d.str("]" + d.newline(0) + "}\n")
	return d.flush()
}

// jsonDumper writes JSON. All that is the same for each type of a kind, or each of its
// elements, is put together once.
type jsonDumper struct {
	textBuffer
	t            *Types
	indent       bool
	plain        bool // no name needs an escape
	forms        [maxKind + 1]*jsonForm
	bitfieldSize *piece
	anon         *piece            // in place of a name
	words        map[string]*piece // in quotes
	lastWord     string            // of them, which is nearly always the next one
	lastPiece    *piece
}

// A jsonForm is what JSON of a kind consists of besides values, in the order in which it is
// written.
type jsonForm struct {
	id, name   *piece // up to the number, and from there to the name
	fields     []jsonField
	elems      *piece // up to the first element
	elem       *piece // up to the name or the first field of the first element
	nextElem   *piece // the same of the others
	elemNamed  bool
	elemFields []jsonField
	elemEnd    *piece
	elemsEnd   *piece // if there are elements
	elemsNone  *piece // if there are none
	end        *piece
}

// A jsonField is a value, and what is before it, the end of the name included.
type jsonField struct {
	before *piece
	textItem
}

// newline is where bpftool breaks lines: before a key, and before the end of what is not
// empty.
func (d *jsonDumper) newline(depth int) string {
	if !d.indent {
		return ""
	}
	return "\n" + strings.Repeat("    ", depth)
}

// key returns a key with the colon after it.
func (d *jsonDumper) key(depth int, name string) string {
	colon := `":`
	if d.indent {
		colon = `": `
	}
	return d.newline(depth) + `"` + name + colon
}

// form returns the form of a kind.
func (d *jsonDumper) form(kind Kind) *jsonForm {
	if f := d.forms[kind]; f != nil {
		return f
	}
	info := kind.info()
	f := &jsonForm{
		id:     pieceOf("{" + d.key(3, "id")),
		name:   pieceOf("," + d.key(3, "kind") + `"` + dumpKind(kind) + `",` + d.key(3, "name") + `"`),
		fields: d.fields(3, info.text, `",`),
	}
	end := d.newline(2) + "}"
	if len(f.fields) == 0 {
		end = `"` + end
	}
	f.end = pieceOf(end)
	if len(info.Elem) > 0 {
		f.elems, f.elemsNone, f.elemsEnd = pieceOf(","+d.key(3, info.elemKey)+"["), pieceOf("]"), pieceOf(d.newline(3)+"]")
		elem, elemEnd, after := "", "", ""
		if len(info.elemText) > 0 { // else it is a number and nothing else
			elem, elemEnd = "{", d.newline(4)+"}"
		}
		if f.elemNamed = info.elemNamed(); f.elemNamed {
			elem += d.key(5, "name") + `"`
			after = `",`
		}
		f.elem, f.nextElem, f.elemEnd = pieceOf(elem), pieceOf(","+elem), pieceOf(elemEnd)
		f.elemFields = d.fields(5, info.elemText, after)
	}
	d.forms[kind] = f
	return f
}

// fields makes the fields of a type or an element, after what is there already.
func (d *jsonDumper) fields(depth int, items []textItem, after string) []jsonField {
	var fields []jsonField
	for _, item := range items {
		key := strings.Trim(item.label, " ,=") // in text form between ", " or " " and "="
		fields = append(fields, jsonField{pieceOf(after + d.key(depth, key)), item})
		after = ","
	}
	return fields
}

func (d *jsonDumper) typ(id ID, rec Record) {
	f := d.form(rec.Kind())
	d.put(f.id)
	d.uint(uint32(id))
	d.put(f.name)
	d.nameValue(rec.NameOff())
	for i := range f.fields {
		d.field(&f.fields[i], rec, rec)
	}
	if f.elems != nil {
		info := rec.Kind().info()
		n, rest := len(info.Elem), rec[head+len(info.Tail):]
		d.put(f.elems)
		end, before := f.elemsNone, f.elem
		for ; len(rest) >= n; rest = rest[n:] {
			d.put(before)
			d.elem(f, rec, rest)
			end, before = f.elemsEnd, f.nextElem
		}
		d.put(end)
	}
	d.put(f.end)
	d.flushFull()
}

func (d *jsonDumper) elem(f *jsonForm, rec Record, elem []uint32) {
	if f.elemNamed {
		d.nameValue(StrOff(elem[0]))
	}
	for i := range f.elemFields {
		d.field(&f.elemFields[i], rec, elem)
	}
	if len(f.elemFields) == 0 {
		d.uint(elem[0])
	}
	d.put(f.elemEnd)
	d.flushFull()
}

// nameValue writes a name between its quotes.
func (d *jsonDumper) nameValue(off StrOff) {
	if off == 0 {
		d.put(d.anon)
		return
	}
	if d.plain {
		d.upToNUL(d.t.TextFrom(off))
		return
	}
	name := d.t.name(off)
	if isPlainJSON(name) {
		d.str(name)
		return
	}
	d.str(string(appendJSON(nil, name)))
	if !utf8.ValidString(name) {
		d.str(`",` + d.key(5, "name_base64") + `"` + base64.StdEncoding.EncodeToString([]byte(name)))
	}
}

// field writes what the text form has as a label and a value.
func (d *jsonDumper) field(f *jsonField, rec Record, words []uint32) {
	d.put(f.before)
	v := words[f.word]
	if f.as == asNumber { // most are
		d.uint(v)
		return
	}
	switch f.as {
	case asHex:
		d.uint(v)
	case asVlen:
		d.uint(uint32(rec.Vlen()))
	case asMemberOffset:
		off, width := SplitMemberWord(v, rec.KindFlag())
		d.uint(off)
		if width != 0 {
			d.put(d.bitfieldSize)
			d.uint(width)
		}
	case asEnumValue:
		switch {
		case int32(v) >= 0:
			d.uint(v)
		case rec.KindFlag():
			d.str(strconv.FormatInt(int64(int32(v)), 10))
		default: // bpftool extends the sign in either case: 0xffffffff is 18446744073709551615
			d.str(strconv.FormatUint(uint64(int64(int32(v))), 10))
		}
	case asEnum64Value:
		d.str(string(appendEnum64(nil, rec, words[f.word:])))
	case asSigned:
		d.str(strconv.FormatInt(int64(int32(v)), 10))
	case asIntOffset:
		_, off, _ := SplitIntWord(v)
		d.uint(uint32(off))
	case asIntBits:
		_, _, bits := SplitIntWord(v)
		d.uint(uint32(bits))
	default:
		d.put(d.wordPiece(f.wordOf(rec, v)))
	}
}

// mostWords is how many words are remembered. There are not that many, but a number without a word is one as well.
const mostWords = 64

// wordPiece returns a word in quotes.
func (d *jsonDumper) wordPiece(word string) *piece {
	if word == d.lastWord {
		return d.lastPiece
	}
	p := d.words[word]
	if p == nil {
		p = pieceOf(`"` + word + `"`)
		if len(d.words) < mostWords {
			d.words[word] = p
		}
	}
	d.lastWord, d.lastPiece = word, p
	return p
}

// appendJSON appends a string, with the escapes of bpftool, and others where it has none and
// JSON or a terminal needs them.
func appendJSON(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case strings.ContainsRune("\b\f\n\r\t", r):
			dst = append(dst, '\\', "btnvfr"[r-'\b'])
		case unicode.IsPrint(r):
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = appendUnit(appendUnit(dst, high), low)
		default:
			dst = appendUnit(dst, r)
		}
	}
	return dst
}

// isPlainJSON reports whether a string needs no escapes and is ASCII, as almost all names are.
func isPlainJSON(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// isPlainText is isPlainJSON for all strings of a section, eight bytes at a time. It may say
// no where a look at each string would say yes.
func isPlainText(text string) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	const most = highs - ones // added to a byte of ASCII, it sets the highest bit if the byte is not 0
	raw := unsafe.Slice(unsafe.StringData(text), len(text))
	odd, other := uint64(0), uint64(highs)
	for ; len(raw) >= 8; raw = raw[8:] {
		v := binary.LittleEndian.Uint64(raw)
		odd |= v | (v + ones) | (v+most)&^(v+(0x80-' ')*ones) // not ASCII, 0x7f, or less than a space but not 0
		other &= ((v ^ '"'*ones) + most) & ((v ^ '\\'*ones) + most)
	}
	if odd&highs != 0 || other&highs != highs {
		return false
	}
	for _, c := range raw {
		if c != 0 && !isPlainJSON(string(c)) {
			return false
		}
	}
	return true
}

// appendUnit appends the escape of 16 bits.
func appendUnit(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}
