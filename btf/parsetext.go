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
	notes    []secinfoNote
}

// secinfoNote is what the text says in brackets about an entry of a DATASEC.
// It can only be checked when all types are there.
type secinfoNote struct {
	line int
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
	for kind < numKinds && kindNames[kind] != word {
		kind++
	}
	if kind == numKinds {
		p.errorf("unknown kind %s", word)
		return
	}
	kflag := false
	if isComposite(kind) || kind == KindDeclTag || kind == KindTypeTag {
		rest, kflag = strings.CutSuffix(rest, kflagForm)
	}
	form := textForms[kind].first
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
	p.values(kind, values)
}

// values fills in the head and the fixed tail of the open record from the
// values of its first line.
func (p *textParser) values(kind Kind, v []string) {
	tail := func(words ...uint32) { p.words = append(p.words, words...) }
	rec := p.words[p.at:]
	switch kind {
	case KindInt:
		rec[2] = p.number(v[0])
		off, bits := p.number(v[1]), p.number(v[2])
		if off > math.MaxUint8 || bits > math.MaxUint8 {
			p.errorf("bits_offset %d or nr_bits %d does not fit in 8 bits", off, bits)
		}
		enc := p.choice(v[3], encodingName(0), encodingName(EncodingSigned), encodingName(EncodingChar), encodingName(EncodingBool))
		tail(IntWord([]Encoding{0, EncodingSigned, EncodingChar, EncodingBool}[enc], uint8(off), uint8(bits)))
	case KindPtr, KindTypedef, KindVolatile, KindConst, KindRestrict, KindTypeTag, KindFloat:
		rec[2] = p.number(v[0])
	case KindArray:
		tail(p.number(v[0]), p.number(v[1]), p.number(v[2]))
	case KindStruct, KindUnion, KindFuncProto, KindDatasec:
		rec[2], p.vlen = p.number(v[0]), p.number(v[1])
	case KindEnum, KindEnum64:
		if p.choice(v[0], enumEncodingName(false), enumEncodingName(true)) == 1 {
			rec[1] = Info(kind, 0, true)
		}
		rec[2], p.vlen = p.number(v[1]), p.number(v[2])
	case KindFwd:
		if p.choice(v[0], fwdName(false), fwdName(true)) == 1 {
			rec[1] = Info(kind, 0, true)
		}
	case KindFunc:
		rec[2] = p.number(v[0])
		rec[1] = Info(kind, p.linkage(v[1]), KindFlag(rec[1]))
	case KindVar:
		rec[2] = p.number(v[0])
		tail(uint32(p.linkage(v[1])))
	case KindDeclTag:
		rec[2] = p.number(v[0])
		tail(p.signed(v[1]))
	}
}

func (p *textParser) linkage(s string) int {
	return p.choice(s, linkageName(LinkageStatic), linkageName(LinkageGlobal), linkageName(LinkageExtern))
}

// element reads the line of a member, value, param or secinfo.
func (p *textParser) element(line string) {
	if !p.open {
		p.errorf("element before the first type")
		return
	}
	kind, kflag := KindOf(p.words[p.at+1]), KindFlag(p.words[p.at+1])
	form := textForms[kind].elem
	if form == "" {
		p.errorf("%v has no elements", kind)
		return
	}
	p.elements++
	if kind == KindDatasec {
		p.secinfo(line)
		return
	}
	name, rest, ok := cutName(line, form)
	values, full := match(form, rest)
	if isComposite(kind) && !full {
		values, full = match(form+bitfieldForm, rest)
	}
	if !ok || !full {
		p.errorf("element of %v does not read 'name'%s", kind, form)
		return
	}
	off := p.name(name)
	switch kind {
	case KindStruct, KindUnion:
		p.words = append(p.words, off, p.number(values[0]), p.memberWord(values[1:]))
	case KindFuncProto:
		p.words = append(p.words, off, p.number(values[0]))
	case KindEnum:
		parse := p.number
		if kflag {
			parse = p.signed
		}
		p.words = append(p.words, off, parse(values[0]))
	case KindEnum64:
		v := p.enum64(values[0], kflag)
		p.words = append(p.words, off, uint32(v), uint32(v>>32))
	}
}

func isComposite(k Kind) bool { return k == KindStruct || k == KindUnion }

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

func (p *textParser) secinfo(line string) {
	numbers, note, noted := strings.Cut(line, " (")
	v, ok := match(textForms[KindDatasec].elem, numbers)
	if !ok {
		p.errorf("element of DATASEC does not read %s", textForms[KindDatasec].elem)
		return
	}
	id := p.number(v[0])
	p.words = append(p.words, id, p.number(v[1]), p.number(v[2]))
	if noted {
		p.notes = append(p.notes, secinfoNote{p.line, ID(id), "(" + note})
	}
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
	case kind == KindFunc: // its vlen is the linkage
	case p.elements != p.vlen:
		p.errorf("%v before this line has vlen=%d and %d elements", kind, p.vlen, p.elements)
	case p.vlen > MaxVlen:
		p.errorf("%v before this line has more than %d elements", kind, MaxVlen)
	case isComposite(kind) && KindFlag(*info) && p.plainMax > 1<<24-1:
		p.errorf("%v before this line has bitfields and an offset of more than 24 bits", kind)
	default:
		*info |= p.vlen
	}
}

// checkNotes compares what the text says about entries of a DATASEC with the
// types that came of it.
func (p *textParser) checkNotes(t *Types) error {
	for _, n := range p.notes {
		d := dumper{t: t}
		d.target(n.id)
		if string(d.line) != n.text {
			return &TextError{Line: n.line, Msg: fmt.Sprintf("type %d is %s, the text says %s", n.id, d.line, n.text)}
		}
	}
	return nil
}
