package main

import (
	"runtime/debug"
	"testing"
)

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

// Making room is no reason to collect more or less often.
func TestReserve(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(123))
	for input, want := range map[int64]bool{largeInput - 1: false, largeInput: true, 1 << 40: true} {
		c := &collector{tuned: true, percent: 123}
		c.bound.Store(&oneFile)
		c.reserve(input)
		if got := c.reserved.Load(); got != want {
			t.Errorf("input of %d bytes: room %v, want %v", input, got, want)
		}
		if want {
			c.setPercent() // what follows the collection of reserve
			if c.percent != 123 || c.reserved.Load() {
				t.Errorf("input of %d bytes: GOGC=%d was set, more of it %v", input, c.percent, c.reserved.Load())
			}
		}
		if got := debug.SetGCPercent(123); got != 123 {
			t.Errorf("input of %d bytes: GOGC=%d", input, got)
		}
	}
	byUser := new(collector) // GOGC or GOMEMLIMIT is set
	if byUser.reserve(1 << 40); byUser.reserved.Load() {
		t.Error("room though the environment says when to collect")
	}
	var none *collector // of a command that was not started by the system
	none.reserve(largeInput)
}
