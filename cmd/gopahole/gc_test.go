package main

import "testing"

func TestGarbagePercent(t *testing.T) {
	const mb = 1 << 20
	for live, want := range map[uint64]int{
		0:            gcPercent,
		1:            gcPercent,
		20 * mb:      gcPercent,
		2 * 12 * mb:  gcPercent, // half of it is maxGarbage
		120 * mb:     11,
		1200 * mb:    2,
		1 << 40:      1,
		1<<64 - 1:    1,
		100_000 * mb: 1,
	} {
		if got := garbagePercent(live); got != want {
			t.Errorf("%d bytes: %d, want %d", live, got, want)
		}
	}
}
