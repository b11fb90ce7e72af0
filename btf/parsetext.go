package btf

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/internal/quote"
)

// ParseText reads the text that Dump writes. The blob is little endian unless
// the base is not. Empty lines are skipped and elements may be indented with
// any spaces.
//
// Strings are interned in the order of the text, those of the base first
// choice. What the text does not tell comes out as a producer would write it:
// the vlen of kinds without elements is 0, and kind_flag of a STRUCT or UNION
// is set by a bitfield. Where that does not do, " kind_flag=1" may end the first
// line of a STRUCT, UNION, DECL_TAG or TYPE_TAG, which is not bpftool's. What Dump shows as UNKNOWN,
// UNKN or (unknown) cannot be read.
//
// The error is a *TextError for the text and a *ParseError for references
// that do not exist.
func ParseText(text string, base *Types) (*Types, error) {
	p := &textParser{next: 1, names: newInterner(base)}
	if base != nil {
		p.next = base.NumIDs()
	}
	for line := range strings.SplitSeq(text, "\n") {
		p.line++
		trimmed := strings.TrimLeft(line, " \t")
		switch {
		case trimmed == "":
		case trimmed == line:
			p.finish()
			p.first(line)
		default:
			p.element(trimmed)
		}
		if p.err != nil {
			return nil, p.err
		}
	}
	if p.finish(); p.err != nil {
		return nil, p.err
	}
	t, err := New(nil, base, p.words, p.names.strs)
	if err != nil {
		return nil, err
	}
	if err := p.checkNotes(t); err != nil {
		return nil, err
	}
	return t, nil
}

// textParser reads a text line by line. The record being read is words[at:]:
// its info word is completed by finish, when its elements are known.
type textParser struct {
	names *interner
	words []uint32
	next  ID
	line  int
	err   error

	at       int // start of the open record, if open
	open     bool
	vlen     uint32 // announced by the first line
	elements uint32 // seen
	plainMax uint32 // largest offset of a member, in bits
	notes    []elementNote

	intOffset uint32 // scratch of item
}

// elementNote is what the text says about the type that an element refers to. It can
// only be checked when all types are there.
type elementNote struct {
	line int
	note textNote
	id   ID
	text string
}

func (p *textParser) errorf(format string, args ...any) {
	if p.err == nil {
		p.err = &TextError{Line: p.line, Msg: fmt.Sprintf(format, args...)}
	}
}

// name interns a name as the text shows it.
func (p *textParser) name(s string) uint32 {
	if s == anonName {
		return 0
	}
	s, ok := quote.Original(s)
	switch {
	case !ok:
		p.errorf("the name has a backslash that begins no escape")
		return 0
	case s == "":
		return uint32(p.names.addBlank())
	case strings.IndexByte(s, 0) >= 0:
		p.errorf("name %q has a NUL byte", s)
		return 0
	}
	off := p.names.add(s)
	if p.names.full() {
		p.errorf("the names so far have more than %d bytes in all", maxInterned)
	}
	return uint32(off)
}

// first reads the first line of a type: [ID] KIND 'name' and so on.
func (p *textParser) first(line string) {
	number, rest, ok1 := strings.Cut(line, "] ")
	word, rest, ok2 := strings.Cut(rest, " ")
	if !strings.HasPrefix(number, "[") || !ok1 || !ok2 {
		p.errorf("%q is not the first line of a type", line)
		return
	}
	if id := p.number(number[1:]); p.err == nil && ID(id) != p.next {
		p.errorf("type %d where %d is expected", id, p.next)
		return
	}
	kind := KindInt
	for kind.Known() && kind.info().name != word {
		kind++
	}
	if !kind.Known() {
		p.errorf("unknown kind %s", word)
		return
	}
	info := kind.info()
	kflag := false
	if info.kflagUntold {
		rest, kflag = strings.CutSuffix(rest, kflagForm)
	}
	form := textForms()[kind].first
	location := ""
	if info.note == noteLocation {
		rest, location, _ = cutLast(rest, valuesLabel)
	}
	name, rest, ok := cutName(rest, form)
	values, ok2 := match(form, rest)
	if !ok || !ok2 {
		p.errorf("%v does not read 'name'%s", kind, form)
		return
	}
	p.next++
	p.at, p.open = len(p.words), true
	p.vlen, p.elements, p.plainMax = 0, 0, 0
	p.words = append(p.words, p.name(name), Info(kind, 0, kflag), 0)
	p.words = append(p.words, make([]uint32, len(info.Tail))...)
	for i, item := range info.text {
		p.item(item, p.words[p.at:], values[i:])
	}
	if info.note == noteLocation {
		p.location(location)
	}
}

// location adds the elements of the open record, a LOC_PARAM, from the text of the
// location, which ends in a quote.
func (p *textParser) location(text string) {
	text, ok := strings.CutSuffix(text, "'")
	if p.err != nil {
		return
	}
	if !ok || uint64(p.vlen) > uint64(len(text)) { // a value has two characters and more
		p.errorf("LOC_PARAM does not end in %s and %d values", valuesLabel, p.vlen)
		return
	}
	first := p.at + head + 1
	p.words = append(p.words, make([]uint32, p.vlen)...)
	loc := LocParam{Flags: LocFlags(p.words[first-1]), Values: p.words[first:]}
	if p.elements = p.vlen; !loc.parseText(text) {
		p.errorf("'%s' is no location of %d values with flags %#x", text, p.vlen, uint32(loc.Flags))
	}
}

// item reads the value of an item, the first one, into its word of the record or
// of an element, or into the info word of the open record.
func (p *textParser) item(item textItem, words []uint32, values []string) {
	s, info, to := values[0], &p.words[p.at+1], &words[item.word]
	switch item.as {
	case asNumber:
		*to = p.number(s)
	case asHex:
		*to = p.hex(s)
	case asSigned:
		*to = p.signed(s)
	case asVlen:
		p.vlen = p.number(s)
	case asIntOffset:
		p.intOffset = p.number(s)
	case asIntBits:
		off, bits := p.intOffset, p.number(s)
		if off > math.MaxUint8 || bits > math.MaxUint8 {
			p.errorf("bits_offset %d or nr_bits %d does not fit in 8 bits", off, bits)
		}
		*to = IntWord(0, uint8(off), uint8(bits))
	case asIntEncoding:
		enc := p.choice(s, encodingName(0), encodingName(EncodingSigned), encodingName(EncodingChar), encodingName(EncodingBool))
		*to |= IntWord([]Encoding{0, EncodingSigned, EncodingChar, EncodingBool}[enc], 0, 0)
	case asFwdKind:
		*info |= Info(0, 0, p.choice(s, fwdName(false), fwdName(true)) == 1)
	case asEnumEncoding:
		*info |= Info(0, 0, p.choice(s, enumEncodingName(false), enumEncodingName(true)) == 1)
	case asVlenLinkage:
		*info |= Info(0, p.linkage(s), false)
	case asLinkage:
		*to = uint32(p.linkage(s))
	case asMemberOffset:
		*to = p.memberWord(values)
	case asEnumValue:
		if KindFlag(*info) {
			*to = p.signed(s)
		} else {
			*to = p.number(s)
		}
	case asEnum64Value:
		v := p.enum64(s, KindFlag(*info))
		*to, words[item.word+1] = uint32(v), uint32(v>>32)
	}
}

func (p *textParser) linkage(s string) int {
	return p.choice(s, LinkageStatic.String(), LinkageGlobal.String(), LinkageExtern.String())
}

// element reads the line of a member, value, param or secinfo.
func (p *textParser) element(line string) {
	if !p.open {
		p.errorf("element before the first type")
		return
	}
	kind := KindOf(p.words[p.at+1])
	info := kind.info()
	form := textForms()[kind].elem
	if form == "" {
		p.errorf("%v has no elements", kind)
		return
	}
	p.elements++
	if !info.elemNamed() {
		p.reference(kind, line)
		return
	}
	name, rest, ok := cutName(line, form)
	values, full := match(form, rest)
	if kind.IsComposite() && !full {
		values, full = match(form+bitfieldForm, rest)
	}
	if !ok || !full {
		p.errorf("element of %v does not read 'name'%s", kind, form)
		return
	}
	p.elementValues(info, p.name(name), values)
}

// elementValues adds an element to the open record. The first word is its name, if
// it has one.
func (p *textParser) elementValues(info *kindInfo, name uint32, values []string) {
	p.words = append(append(p.words, name), make([]uint32, len(info.Elem)-1)...)
	elem := p.words[len(p.words)-len(info.Elem):]
	for i, item := range info.elemText {
		p.item(item, elem, values[i:])
	}
}

// memberWord packs an offset and, if there is one, a width.
func (p *textParser) memberWord(v []string) uint32 {
	off := p.number(v[0])
	p.plainMax = max(p.plainMax, off)
	if len(v) == 1 {
		return off
	}
	width := p.number(v[1])
	if width == 0 || width > math.MaxUint8 {
		p.errorf("bitfield_size %d is not in 1 to 255", width)
	}
	p.words[p.at+1] |= Info(0, 0, true)
	return width<<24 | off
}

func (p *textParser) enum64(s string, signed bool) uint64 {
	if signed {
		digits, ok := strings.CutSuffix(s, "LL")
		v, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil {
			p.errorf("%q is not a signed number of 64 bits ending in LL", s)
		}
		return uint64(v)
	}
	digits, ok := strings.CutSuffix(s, "ULL")
	v, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil {
		p.errorf("%q is not a number of 64 bits ending in ULL", s)
	}
	return v
}

// reference reads the line of an element that has no name. A note of what it refers to
// may be missing.
func (p *textParser) reference(kind Kind, line string) {
	info := kind.info()
	numbers, note := info.note.cut(line)
	form := textForms()[kind].elem
	v, ok := match(form, numbers)
	if !ok {
		p.errorf("element of %v does not read %s", kind, form)
		return
	}
	first := len(p.words)
	p.elementValues(info, 0, v)
	if note != "" {
		p.notes = append(p.notes, elementNote{p.line, info.note, ID(p.words[first]), note})
	}
}

// cut takes the note off the line of an element.
func (n textNote) cut(line string) (numbers, note string) {
	switch n {
	case noteTarget:
		if at := strings.Index(line, " ("); at >= 0 {
			return line[:at], line[at:]
		}
	case noteLocParam:
		if at := strings.Index(line, valueLabel); at >= 0 {
			return line[:at], line[at:]
		}
	case noteName:
		if at := strings.LastIndex(line, "' "); at >= 0 && strings.HasPrefix(line, nameLabel) {
			return line[at+2:], line[:at+2]
		}
	}
	return line, ""
}

// finish closes the open record, if there is one.
func (p *textParser) finish() {
	if !p.open {
		return
	}
	p.open = false
	info := &p.words[p.at+1]
	kind := KindOf(*info)
	switch {
	case kind.info().Elem == nil: // vlen of a FUNC is the linkage
	case p.elements != p.vlen:
		p.errorf("%v before this line has vlen=%d and %d elements", kind, p.vlen, p.elements)
	case p.vlen > MaxVlen:
		p.errorf("%v before this line has more than %d elements", kind, MaxVlen)
	case kind.IsComposite() && KindFlag(*info) && p.plainMax > 1<<24-1:
		p.errorf("%v before this line has bitfields and an offset of more than 24 bits", kind)
	default:
		*info |= p.vlen
	}
}

// checkNotes compares what the text says about types that elements refer to with
// what came of it.
func (p *textParser) checkNotes(t *Types) error {
	for _, n := range p.notes {
		d := dumper{t: t}
		d.noteOf(n.note, n.id)
		if string(d.line) != n.text {
			return &TextError{Line: n.line, Msg: fmt.Sprintf("type %d is %s, the text says %s",
				n.id, strings.TrimSpace(string(d.line)), strings.TrimSpace(n.text))}
		}
	}
	return nil
}
