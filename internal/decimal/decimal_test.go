package decimal

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"testing"
)

// TestText has all numbers of six digits and less, and those around each power of ten and each
// multiple of a thousand beyond.
func TestText(t *testing.T) {
	var buf [16]byte
	check := func(v uint32) {
		for _, room := range []int{1, 9, 16} {
			if got, want := string(Append(buf[1:1:room], v)), strconv.FormatUint(uint64(v), 10); got != want {
				t.Fatalf("%d with room for %d bytes: %s", v, room-1, got)
			}
		}
		text, ok := Right(v)
		if ok != (v < 100_000_000) {
			t.Fatalf("%d in a column of eight: %v", v, ok)
		}
		var column [8]byte
		binary.LittleEndian.PutUint64(column[:], text)
		if got := string(column[:]); ok && got != fmt.Sprintf("%8d", v) {
			t.Fatalf("%d in a column of eight: %q", v, got)
		}
	}
	for v := range uint32(1e6) {
		check(v)
	}
	for v := uint32(1e6); v < 4_294_000_000; v += 1000 {
		if v < 200e6 || v%1_000_000 == 0 {
			check(v - 1)
			check(v)
			check(v + 1)
		}
	}
	check(1<<32 - 1)
}
