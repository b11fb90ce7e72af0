package verify

import "testing"

// The guess at the base gives up where it would take long.
func TestOriginIsBounded(t *testing.T) {
	strs := []byte("ab\x00c\x00def\x00g\x00h\x00")
	names := func() []uint32 { return []uint32{103, 100, 105, 109, 100, 111} }
	if got := originStrings(strs, names()); got != 100 {
		t.Errorf("origin %d, want 100", got)
	}
	long := names()
	for range maxGuess {
		long = append(long, 100)
	}
	if got := originStrings(strs, long); got != 0 {
		t.Errorf("of %d names: origin %d", len(long), got)
	}
	starts := []uint32{0, 3, 5, 9, 11}
	offsets := []uint32{100, 103, 105, 109, 111}
	for steps, want := range map[int]bool{9: true, 8: false, 0: false, -1: false} {
		if got := allStart(offsets, starts, 100, &steps); got != want || steps >= 0 != want {
			t.Errorf("all start: %v, want %v, %d steps left", got, want, steps)
		}
	}
}
