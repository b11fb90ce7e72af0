package dwarf2btf

import "math/bits"

// A languageSet holds values of DW_AT_language, those below 128: all of the standard,
// and none of vendors.
type languageSet [2]uint64

func (s *languageSet) add(code Language) {
	if int(code) < 64*len(s) {
		s[code/64] |= 1 << (code % 64)
	}
}

func (s *languageSet) addAll(other languageSet) {
	for i := range s {
		s[i] |= other[i]
	}
}

// codes returns what is in the set, in ascending order.
func (s *languageSet) codes() []Language {
	var all []Language
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			all = append(all, Language(64*i+bits.TrailingZeros64(word)))
		}
	}
	return all
}
