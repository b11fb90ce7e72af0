package btf

import (
	"bufio"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
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
	d := jsonDumper{dumper: dumper{t: t, w: bufio.NewWriterSize(w, 1<<16)}, indent: indent}
	d.open('{')
	d.key("types")
	d.open('[')
	for id := range t.chosen(ids) {
		d.typ(id, t.Record(id))
		if _, err := d.w.Write(d.line); err != nil {
			return err
		}
		d.line = d.line[:0]
	}
	d.close(']')
	d.close('}')
	d.str("\n")
	if _, err := d.w.Write(d.line); err != nil {
		return err
	}
	return d.w.Flush()
}

// jsonDumper builds JSON in line. Where bpftool breaks lines is before a key and before
// the end of what is not empty.
type jsonDumper struct {
	dumper
	indent bool
	depth  int
	after  bool // something of the same object or array
}

func (d *jsonDumper) comma() {
	if d.after {
		d.str(",")
	}
	d.after = false
}

func (d *jsonDumper) newline() {
	if !d.indent {
		return
	}
	d.str("\n")
	for range d.depth {
		d.str("    ")
	}
}

func (d *jsonDumper) open(bracket byte) {
	d.comma()
	d.line = append(d.line, bracket)
	d.depth++
}

func (d *jsonDumper) close(bracket byte) {
	d.depth--
	if d.after {
		d.newline()
	}
	d.line = append(d.line, bracket)
	d.after = true
}

func (d *jsonDumper) key(name string) {
	d.comma()
	d.newline()
	d.str(`"`)
	d.str(name)
	d.str(`":`)
	if d.indent {
		d.str(" ")
	}
}

func (d *jsonDumper) number(key string, n int64) {
	d.key(key)
	d.line = strconv.AppendInt(d.line, n, 10)
	d.after = true
}

func (d *jsonDumper) word(key, s string) {
	d.key(key)
	d.line = appendJSON(d.line, s)
	d.after = true
}

func (d *jsonDumper) nameField(off StrOff) {
	name := anonName
	if off != 0 {
		name = d.t.name(off)
	}
	d.word("name", name)
	if !isPlainJSON(name) && !utf8.ValidString(name) {
		d.word("name_base64", base64.StdEncoding.EncodeToString([]byte(name)))
	}
}

func (d *jsonDumper) typ(id ID, rec Record) {
	info := rec.Kind().info()
	d.open('{')
	d.number("id", int64(id))
	d.word("kind", dumpKind(rec.Kind()))
	d.nameField(rec.NameOff())
	for i := range info.text {
		d.field(&info.text[i], rec, rec)
	}
	if n := len(info.Elem); n > 0 {
		d.key(info.elemKey)
		d.open('[')
		for rest := rec[head+len(info.Tail):]; len(rest) >= n; rest = rest[n:] {
			d.elem(info, rec, rest)
		}
		d.close(']')
	}
	d.close('}')
}

func (d *jsonDumper) elem(info *kindInfo, rec Record, elem []uint32) {
	if len(info.elemText) == 0 { // a number and nothing else
		d.comma()
		d.line = strconv.AppendUint(d.line, uint64(elem[0]), 10)
		d.after = true
		return
	}
	d.open('{')
	if info.elemNamed() {
		d.nameField(StrOff(elem[0]))
	}
	for i := range info.elemText {
		d.field(&info.elemText[i], rec, elem)
	}
	d.close('}')
}

// field writes what the text form has as a label and a value.
func (d *jsonDumper) field(item *textItem, rec Record, words []uint32) {
	key := item.label // in text form between ", " or " " and "="
	for key != "" && (key[0] == ' ' || key[0] == ',') {
		key = key[1:]
	}
	key = strings.TrimSuffix(key, "=")
	v := words[item.word]
	switch item.as {
	case asIntEncoding, asFwdKind, asEnumEncoding, asVlenLinkage, asLinkage:
		d.key(key)
		d.str(`"`)
		d.value(item, rec, words)
		d.str(`"`)
	case asHex:
		d.number(key, int64(v))
	case asMemberOffset:
		off, width := SplitMemberWord(v, rec.KindFlag())
		d.number(key, int64(off))
		if width != 0 {
			d.number("bitfield_size", int64(width))
		}
	case asEnumValue:
		// bpftool extends the sign in either case: 0xffffffff is 18446744073709551615.
		d.key(key)
		if rec.KindFlag() {
			d.signed("", int32(v))
		} else {
			d.line = strconv.AppendUint(d.line, uint64(int64(int32(v))), 10)
		}
	case asEnum64Value:
		d.key(key)
		d.enum64(rec, words[item.word:])
	default:
		d.key(key)
		d.value(item, rec, words)
	}
	d.after = true
}

// appendJSON appends a string in quotes, with the escapes of bpftool, and others where
// it has none and JSON or a terminal needs them.
func appendJSON(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if isPlainJSON(s) {
		return append(append(dst, s...), '"')
	}
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
	return append(dst, '"')
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

// appendUnit appends the escape of 16 bits.
func appendUnit(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}
