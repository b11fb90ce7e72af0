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
	d := jsonDumper{dumper: newDumper(t, w), indent: indent, plain: true}
	for b := t; b != nil && d.plain; b = b.base {
		d.plain = isPlainText(b.text)
	}
	d.bitfieldSize = "," + d.key(5, "bitfield_size")
	d.str("{" + d.key(1, "types") + "[")
	between := ""
	for id := range t.chosen(ids) {
		d.str(between)
		between = ","
		d.typ(id, t.Record(id))
		if d.err != nil {
			return d.err
		}
	}
	if between != "" {
		d.str(d.newline(1))
	}
	d.str("]" + d.newline(0) + "}\n")
	return d.flush()
}

// jsonDumper builds JSON in line. All that is the same for each type of a kind, or each of
// its elements, is put together once.
type jsonDumper struct {
	dumper
	indent       bool
	plain        bool // no name needs an escape
	forms        [maxKind + 1]*jsonForm
	bitfieldSize string
}

// A jsonForm is what JSON of a kind consists of besides values, in the order in which it is
// written.
type jsonForm struct {
	id, name   string // up to the number, and from there to the name
	fields     []jsonField
	elems      string // up to the first element
	elem       string // up to the name or the first field of the first element
	nextElem   string // the same of the others
	elemFields []jsonField
	elemEnd    string
	elemsEnd   string // if there are elements
	elemsNone  string // if there are none
	end        string
}

// A jsonField is a value, and what is before it, the end of the name included.
type jsonField struct {
	before string
	word   bool // and no number
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
		id:     "{" + d.key(3, "id"),
		name:   "," + d.key(3, "kind") + `"` + dumpKind(kind) + `",` + d.key(3, "name") + `"`,
		fields: d.fields(3, info.text, `",`),
		end:    d.newline(2) + "}",
	}
	if len(f.fields) == 0 {
		f.end = `"` + f.end
	}
	if len(info.Elem) > 0 {
		f.elems, f.elemsNone, f.elemsEnd = ","+d.key(3, info.elemKey)+"[", "]", d.newline(3)+"]"
		after := ""
		if len(info.elemText) > 0 { // else it is a number and nothing else
			f.elem, f.elemEnd = "{", d.newline(4)+"}"
		}
		if info.elemNamed() {
			f.elem += d.key(5, "name") + `"`
			after = `",`
		}
		f.nextElem = "," + f.elem
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
		f := jsonField{before: after + d.key(depth, key), textItem: item}
		switch item.as {
		case asIntEncoding, asFwdKind, asEnumEncoding, asVlenLinkage, asLinkage:
			f.word = true
		}
		fields = append(fields, f)
		after = ","
	}
	return fields
}

func (d *jsonDumper) typ(id ID, rec Record) {
	info, f := rec.Kind().info(), d.form(rec.Kind())
	d.num(f.id, uint32(id))
	d.str(f.name)
	d.nameValue(rec.NameOff())
	for i := range f.fields {
		d.field(&f.fields[i], rec, rec)
	}
	if n := len(info.Elem); n > 0 {
		d.str(f.elems)
		rest := rec[head+len(info.Tail):]
		end, before := f.elemsNone, f.elem
		for ; len(rest) >= n; rest = rest[n:] {
			d.str(before)
			d.elem(info, f, rec, rest)
			end, before = f.elemsEnd, f.nextElem
		}
		d.str(end)
	}
	d.str(f.end)
	d.flushFull()
}

func (d *jsonDumper) elem(info *kindInfo, f *jsonForm, rec Record, elem []uint32) {
	if info.elemNamed() {
		d.nameValue(StrOff(elem[0]))
	}
	for i := range f.elemFields {
		d.field(&f.elemFields[i], rec, elem)
	}
	if len(f.elemFields) == 0 {
		d.num("", elem[0])
	}
	d.str(f.elemEnd)
	d.flushFull()
}

// nameValue writes a name between its quotes.
func (d *jsonDumper) nameValue(off StrOff) {
	if off == 0 {
		d.str(anonName)
		return
	}
	name := d.t.name(off)
	if d.plain || isPlainJSON(name) {
		d.str(name)
		return
	}
	d.line = appendJSON(d.line, name)
	if !utf8.ValidString(name) {
		d.str(`",` + d.key(5, "name_base64") + `"`)
		d.line = base64.StdEncoding.AppendEncode(d.line, []byte(name))
	}
}

// field writes what the text form has as a label and a value.
func (d *jsonDumper) field(f *jsonField, rec Record, words []uint32) {
	d.str(f.before)
	v := words[f.textItem.word]
	switch {
	case f.as == asNumber:
		d.num("", v)
	case f.word:
		d.str(`"`)
		d.value(&f.textItem, rec, words)
		d.str(`"`)
	case f.as == asHex:
		d.num("", v)
	case f.as == asMemberOffset:
		off, width := SplitMemberWord(v, rec.KindFlag())
		d.num("", off)
		if width != 0 {
			d.num(d.bitfieldSize, width)
		}
	case f.as == asEnumValue && !rec.KindFlag():
		// bpftool extends the sign in either case: 0xffffffff is 18446744073709551615.
		d.line = strconv.AppendUint(d.line, uint64(int64(int32(v))), 10)
	case f.as == asEnum64Value:
		d.enum64(rec, words[f.textItem.word:])
	default:
		d.value(&f.textItem, rec, words)
	}
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
	raw := unsafe.Slice(unsafe.StringData(text), len(text))
	for ; len(raw) >= 8; raw = raw[8:] {
		v := binary.LittleEndian.Uint64(raw)
		// The ends of strings are as good as spaces: 0x80 for each byte that is 0.
		v |= ^(v&^highs + ^uint64(highs) | v | ^uint64(highs)) >> 2
		quote, backslash := v^'"'*ones, v^'\\'*ones
		odd := v | v + ones | v - ' '*ones | (quote-ones)&^quote | (backslash-ones)&^backslash
		if odd&highs != 0 {
			return false
		}
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
