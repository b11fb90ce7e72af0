package texthash

import (
	"strings"
	"testing"
)

// A name has one hash, whether its end is known or not.
func TestHash(t *testing.T) {
	seed := NewSeed()
	text := strings.Repeat("abc\x80\xff\x01", 10)
	for n := range len(text) + 1 {
		for after := range 10 {
			name := text[len(text)-n:]
			want := seed.Hash([]byte(name))
			all := "xyz" + name + "\x00" + strings.Repeat("\x00\xff", after)
			if h, size := HashAt(seed, all, 3); h != want || size != n {
				t.Errorf("%d bytes, %d after: %#x and %d bytes, want %#x", n, 2*after, h, size, want)
			}
			if h, size := HashAt(seed, []byte(all), 3); h != want || size != n {
				t.Errorf("%d bytes, %d after, of a slice: %#x and %d bytes, want %#x", n, 2*after, h, size, want)
			}
		}
	}
}
