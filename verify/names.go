package verify

import "github.com/gopahole/gopahole/btf"
import "github.com/gopahole/gopahole/kernel"

// isName reports whether the offset is of a name that a type or a part of it may have
// (kernel: btf_name_valid_identifier).
func (b *blob) isName(off btf.StrOff) bool { return b.follows(b.rules.Names, off) }

// isSectionName reports whether the offset is of the name of a section (kernel:
// btf_name_valid_section).
func (b *blob) isSectionName(off btf.StrOff) bool { return b.follows(b.rules.Sections, off) }

// follows reports whether the string at an offset follows a rule.
func (b *blob) follows(rule kernel.NameRule, off btf.StrOff) bool {
	s := b.str(off)
	switch rule {
	case kernel.NameIdentifier:
		return len(s) > 0 && isLetter(s[0]) && b.endsAfter(s, isIdentifier)
	case kernel.NamePrintRest:
		return len(s) > 1 && b.endsAfter(s, isPrint)
	case kernel.NamePrint:
		return len(s) > 0 && isPrint(s[0]) && b.endsAfter(s, isPrint)
	}
	return false
}

// endsAfter reports whether s has a NUL byte after at most as many characters as a name
// may have, and all of them but the first are ok. The first has a rule of its own, or
// none. Strings end in a NUL byte, or where memory does.
func (b *blob) endsAfter(s []byte, ok func(byte) bool) bool {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == 0:
			return true
		case i >= b.rules.MaxName || !ok(s[i]):
			return false
		}
	}
	return false
}

// isLetter follows the kernel's table of characters (lib/ctype.c), which is that of
// Latin-1. So single letters of Latin-1 pass, and UTF-8 does not. A dot counts as a
// letter here.
func isLetter(c byte) bool {
	switch {
	case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', c == '.':
		return true
	}
	return c >= 0xc0 && c != 0xd7 && c != 0xf7
}

func isIdentifier(c byte) bool { return isLetter(c) || c-'0' <= 9 }

func isPrint(c byte) bool { return c >= ' ' && c <= '~' || c >= 0xa0 }
