package unit

import (
	"slices"
	"testing"
)

func TestLanguageSet(t *testing.T) {
	var s, other LanguageSet
	if got := s.Codes(); got != nil {
		t.Errorf("an empty set has %v", got)
	}
	for _, code := range []uint16{0x1c, 0, 0x40, 0x1c, 0x7f, 0x80, 0x8001, 0xffff} {
		other.add(code)
	}
	s.add(2)
	s.AddAll(other)
	if got, want := s.Codes(), []uint16{0, 2, 0x1c, 0x40, 0x7f}; !slices.Equal(got, want) {
		t.Errorf("got %#x, want %#x", got, want)
	}
}
