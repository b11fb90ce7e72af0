package main

import "testing"

func TestGarbagePercent(t *testing.T) {
	b := garbageBound{percent: 50, most: 12 << 20}
	for live, want := range map[uint64]int{
		0:            50,
		1:            50,
		b.most:       50,
		2 * b.most:   50, // half of it is the bound
		10 * b.most:  11,
		100 * b.most: 2,
		1 << 40:      1,
		1<<64 - 1:    1,
	} {
		if got := b.percentOf(live); got != want {
			t.Errorf("%d bytes: %d, want %d", live, got, want)
		}
	}
}
