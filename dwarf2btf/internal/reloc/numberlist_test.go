package reloc

import "testing"

// Numbers are what they were, whenever the first large one comes.
func TestNumbers(t *testing.T) {
	all := []uint32{0, 1, 1<<16 - 1, 7, 1 << 16, 2, 1<<32 - 1, 1<<16 + 1, 0}
	for from := range all {
		var l numberList
		for _, v := range all[from:] {
			l.append(v)
		}
		for i, want := range all[from:] {
			if got := l.at(uint32(i)); got != want {
				t.Errorf("from %d: number %d is %#x, want %#x", from, i, got, want)
			}
		}
	}
}
