package btf

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestSearch: what is found in strings of all lengths, and of bytes that look like others when
// eight are compared at once, is what going through them one by one finds.
func TestSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 5000 {
		var parts []string
		least := []int{0, endBytes}[round%2]
		for range 1 + r.IntN(12) {
			b := make([]byte, least+r.IntN(20-least))
			for i := range b {
				b[i] = "\x01\x7f\x80\x81\xffab"[r.IntN(7)]
			}
			parts = append(parts, string(b))
		}
		want, got := make(map[string]int), make(map[string]int)
		var f search
		for i, s := range parts {
			if _, ok := want[s]; !ok && i%2 == 0 {
				want[s] = strings.Index("\x00"+strings.Join(parts, "\x00")+"\x00", "\x00"+s+"\x00")
				f.want(s)
			}
		}
		f.want("not there")
		f.in(strings.Join(parts, "\x00")+"\x00", func(s string, at int) { got[s] = at })
		if !maps.Equal(got, want) {
			t.Fatalf("%q: found %v, want %v", parts, got, want)
		}
	}
}
