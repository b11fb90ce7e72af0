package distill

import (
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func TestIDSet(t *testing.T) {
	for _, want := range [][]btf.ID{nil, {0}, {1, 2, 63, 64, 65, 127, 128, 500}, {500}} {
		s := newIDSet(501)
		for _, id := range slices.Backward(want) {
			s.add(id)
			s.add(id)
		}
		if n := s.number(); n != len(want) {
			t.Errorf("%v: %d IDs", want, n)
		}
		var got []btf.ID
		for n, id := range s.all() {
			if n != len(got) || s.numberOf(id) != n {
				t.Errorf("%v: %d has the numbers %d and %d, want %d", want, id, n, s.numberOf(id), len(got))
			}
			got = append(got, id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		for id := range btf.ID(501) {
			if s.has(id) != slices.Contains(want, id) {
				t.Errorf("%v has %d: %v", want, id, s.has(id))
			}
		}
	}
}
