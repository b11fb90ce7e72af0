package btf

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// A textItem is a label in the text form and how the value after it is written.
// The word is one of the record, or of the element.
type textItem struct {
	label string
	as    textFormat
	word  uint8
}

// A textFormat is how a value is written. What it reads is a word, or bits of the
// info word.
type textFormat uint8

const (
	asNumber       textFormat = iota // 32 bits
	asHex                            // 32 bits, after 0x
	asSigned                         // 32 bits with a sign
	asVlen                           // the number of elements
	asIntOffset                      // of the packed word of an INT
	asIntBits                        // of the same word
	asIntEncoding                    // of the same word
	asFwdKind                        // struct or union, the kind_flag
	asEnumEncoding                   // UNSIGNED or SIGNED, the kind_flag
	asVlenLinkage                    // a linkage in the place of vlen
	asLinkage                        // a linkage
	asMemberOffset                   // a bit offset, and the size of a bitfield if it is one
	asEnumValue                      // 32 bits, with a sign if kind_flag is set
	asEnum64Value                    // two words, low and high, with a sign if kind_flag is set; C suffix LL or ULL
)

// textForm is how a kind reads: what follows the name on the first line, and on the
// line of an element.
type textForm struct{ first, elem string }

// textForms has the form of each kind.
var textForms = sync.OnceValue(makeTextForms)

func makeTextForms() *[maxKind + 1]textForm {
	all := new([maxKind + 1]textForm)
	for k := range kinds {
		all[k] = textForm{formOf(kinds[k].text), formOf(kinds[k].elemText)}
	}
	return all
}

// formOf returns a text with a % for each value.
func formOf(items []textItem) string {
	var form strings.Builder
	for _, item := range items {
		form.WriteString(item.label)
		form.WriteByte('%')
	}
	return form.String()
}

// A textNote is what the text says of a kind beyond the values of its items.
type textNote uint8

const (
	noNote       textNote = iota
	noteTarget            // of an element: the kind and name of what it refers to, after it
	noteName              // of an element: that name, before it
	noteLocParam          // of an element: the location that it refers to, after it
	noteLocation          // of a type: its elements as a location, on its first line
)

// elemNamed reports whether elements of the kind begin with a name.
func (i *kindInfo) elemNamed() bool { return len(i.Elem) > 0 && i.Elem[0] == FieldName }

const (
	bitfieldForm = " bitfield_size=%" // after a member's form
	kflagForm    = " kind_flag=1"     // after a first line; Dump does not write it

	valuesLabel  = " values='" // of noteLocation
	valueLabel   = " value='"  // of noteLocParam
	nameLabel    = "name="     // of noteName
	noLocation   = "unavailable"
	badLocation  = "(invalid)"
	maxLocValues = 3 // of a LOC_PARAM that is shown in the line of a LOC_PROTO
)

// match takes the values out of s, which must have the given form and nothing
// else.
func match(form, s string) ([]string, bool) {
	var values []string
	for form != "" {
		literal, after, _ := strings.Cut(form, "%")
		rest, ok := strings.CutPrefix(s, literal)
		end := strings.IndexAny(rest, " ,")
		if end < 0 {
			end = len(rest)
		}
		if !ok || end == 0 {
			return nil, false
		}
		values = append(values, rest[:end])
		s, form = rest[end:], after
	}
	return values, s == ""
}

// cutName takes a quoted name off the front of s, which goes on with the given
// form. A name may hold quotes, and even text like the form's: what is after
// it cannot, so the last place that fits is the right one.
func cutName(s, form string) (name, rest string, ok bool) {
	s, ok = strings.CutPrefix(s, "'")
	if !ok {
		return "", "", false
	}
	key, _, _ := strings.Cut(form, "%")
	end := strings.LastIndex(s, "'"+key)
	if end < 0 {
		return "", "", false
	}
	return s[:end], s[end+1:], true
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if at := strings.LastIndex(s, sep); at >= 0 {
		return s[:at], s[at+len(sep):], true
	}
	return s, "", false
}

// TextError says which line of a text ParseText cannot read.
type TextError struct {
	Line int // the first is 1
	Msg  string
}

func (e *TextError) Error() string { return fmt.Sprintf("BTF text, line %d: %s", e.Line, e.Msg) }

// number parses a decimal of 32 bits.
func (p *textParser) number(s string) uint32 {
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		p.errorf("%q is not a number of 32 bits", s)
	}
	return uint32(v)
}

// hex parses 32 bits in hexadecimal, after 0x.
func (p *textParser) hex(s string) uint32 {
	digits, ok := strings.CutPrefix(s, "0x")
	v, err := strconv.ParseUint(digits, 16, 32)
	if !ok || err != nil {
		p.errorf("%q is not a number of 32 bits in hexadecimal", s)
	}
	return uint32(v)
}

// signed parses a decimal of 32 bits with a sign.
func (p *textParser) signed(s string) uint32 {
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		p.errorf("%q is not a signed number of 32 bits", s)
	}
	return uint32(v)
}

// choice returns the position of s among the words.
func (p *textParser) choice(s string, words ...string) int {
	for i, w := range words {
		if s == w {
			return i
		}
	}
	p.errorf("%q is not one of %q", s, words)
	return 0
}
