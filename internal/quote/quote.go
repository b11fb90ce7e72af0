// Package quote writes names from files, and names of files, into text for people.
//
// Such names may hold anything: a newline that begins a line of its own, escape
// sequences that a terminal obeys, marks that turn the direction of writing, bytes that
// are no UTF-8. What is not printable is written as Go writes it in a string literal,
// such as \n, \x1b, \u202e, or \xff for a byte that belongs to no character.
package quote

import (
	"strconv"
	"unicode/utf8"
)

// Name returns a name as it is if it is printable, else with escapes. No two names are
// written in the same way: a backslash is doubled.
func Name(s string) string {
	if isPlain(s) {
		return s
	}
	return string(AppendName(nil, s))
}

// AppendName appends what Name returns.
func AppendName(dst []byte, s string) []byte {
	if isPlain(s) {
		return append(dst, s...)
	}
	return appendQuoted(dst, s, true)
}

// Line returns a line of text that has names in it, some of which may be quoted already:
// backslashes stay as they are.
func Line(s string) string {
	if isPlain(s) {
		return s
	}
	return string(appendQuoted(nil, s, false))
}

// isPlain reports whether s is printable ASCII without a backslash, as almost all names
// are.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

func appendQuoted(dst []byte, s string, backslash bool) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, '\\', 'x', hex[s[i]>>4], hex[s[i]&0xf])
		case r == '\\' && backslash:
			dst = append(dst, '\\', '\\')
		case strconv.IsPrint(r):
			dst = append(dst, s[i:i+n]...)
		default:
			q := strconv.AppendQuoteRune(nil, r)
			dst = append(dst, q[1:len(q)-1]...)
		}
		i += n
	}
	return dst
}

// Original returns the name of which Name made s. ok is false for what it cannot have
// made of any.
func Original(s string) (name string, ok bool) {
	var b []byte
	for rest := s; rest != ""; {
		if rest[0] != '\\' {
			b = append(b, rest[0])
			rest = rest[1:]
			continue
		}
		r, wide, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			return "", false
		}
		if wide {
			b = utf8.AppendRune(b, r)
		} else {
			b = append(b, byte(r))
		}
		rest = tail
	}
	return string(b), true
}
