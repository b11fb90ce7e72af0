package main

import "testing"

func TestGarbagePercent(t *testing.T) {
	const mb = 1 << 20
	for live, want := range map[uint64]int{
		0:                gcPercent,
		1:                gcPercent,
		maxGarbage:       gcPercent,
		2 * maxGarbage:   gcPercent, // half of it is maxGarbage
		10 * maxGarbage:  11,
		100 * maxGarbage: 2,
		1 << 40:          1,
		1<<64 - 1:        1,
		100_000 * mb:     1,
	} {
		if got := garbagePercent(live); got != want {
			t.Errorf("%d bytes: %d, want %d", live, got, want)
		}
	}
}
