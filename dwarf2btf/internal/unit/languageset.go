package unit

import "math/bits"

// A LanguageSet holds values of DW_AT_language, those below 128: all of the standard,
// and none of vendors.
type LanguageSet [2]uint64

func (s *LanguageSet) add(code uint16) {
	if int(code) < 64*len(s) {
		s[code/64] |= 1 << (code % 64)
	}
}

func (s *LanguageSet) AddAll(other LanguageSet) {
	for i := range s {
		s[i] |= other[i]
	}
}

// Codes returns what is in the set, in ascending order.
func (s *LanguageSet) Codes() []uint16 {
	var all []uint16
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			all = append(all, uint16(64*i+bits.TrailingZeros64(word)))
		}
	}
	return all
}
