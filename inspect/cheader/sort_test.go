package cheader

import (
	"strings"
	"testing"
)

// TestCompareCStrings has strings that are the same up to somewhere, with other strings after them or the end.
func TestCompareCStrings(t *testing.T) {
	var all []string
	for _, s := range []string{"", "a", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnoq", "abcdefg\xff", "abcdefghijklmno"} {
		all = append(all, s, s+"0", s+"\xff")
	}
	for _, a := range all {
		for _, b := range all {
			for _, rest := range []string{"", "x\x00", "other strings\x00 of the section\x00"} {
				if got, want := compareCStrings(a+"\x00"+rest, b+"\x00"), strings.Compare(a, b); got != want {
					t.Errorf("%q and %q with %q after it: %d, want %d", b, a, rest, got, want)
				}
			}
		}
	}
}
