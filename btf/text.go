package btf

import (
	"fmt"
	"strconv"
	"strings"
)

// textForm is how a kind reads in the text form: what follows the name on the
// first line, what follows it (for DATASEC: the indentation) on the line of an
// element. Each % stands for a value without spaces.
type textForm struct{ first, elem string }

var textForms = [numKinds]textForm{
	KindInt:       {first: " size=% bits_offset=% nr_bits=% encoding=%"},
	KindPtr:       {first: " type_id=%"},
	KindArray:     {first: " type_id=% index_type_id=% nr_elems=%"},
	KindStruct:    {" size=% vlen=%", " type_id=% bits_offset=%"},
	KindUnion:     {" size=% vlen=%", " type_id=% bits_offset=%"},
	KindEnum:      {" encoding=% size=% vlen=%", " val=%"},
	KindFwd:       {first: " fwd_kind=%"},
	KindTypedef:   {first: " type_id=%"},
	KindVolatile:  {first: " type_id=%"},
	KindConst:     {first: " type_id=%"},
	KindRestrict:  {first: " type_id=%"},
	KindFunc:      {first: " type_id=% linkage=%"},
	KindFuncProto: {" ret_type_id=% vlen=%", " type_id=%"},
	KindVar:       {first: " type_id=%, linkage=%"},
	KindDatasec:   {" size=% vlen=%", "type_id=% offset=% size=%"},
	KindFloat:     {first: " size=%"},
	KindDeclTag:   {first: " type_id=% component_idx=%"},
	KindTypeTag:   {first: " type_id=%"},
	KindEnum64:    {" encoding=% size=% vlen=%", " val=%"},
}

const (
	bitfieldForm = " bitfield_size=%" // after a member's form
	kflagForm    = " kind_flag=1"     // after a first line; Dump does not write it
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

// TextError says which line of a text ParseText does not take.
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
