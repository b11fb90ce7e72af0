package tuning

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestGarbagePercent(t *testing.T) {
	b := garbageBound{percent: 50, most: 12 << 20, usual: math.MaxUint64}
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

// TestGarbageOfManyFiles: the largest files, whose heap is no usual one, leave less garbage.
func TestGarbageOfManyFiles(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		jobs          int
		live, garbage uint64
	}{{1, 10 * mb, 10 * mb}, {1, 12 * mb, 12 * mb}, {1, 36 * mb, 12 * mb}, {1, 54 * mb, 10 * mb}, {1, 60 * mb, 8 * mb},
		{1, 200 * mb, 8 * mb}, {2, 48 * mb, 12 * mb}, {100, 200 * mb, 12 * mb}} {
		b := manyFiles(tt.jobs)
		got := tt.live * uint64(b.percentOf(tt.live)) / 100
		if got < tt.garbage || got > tt.garbage+tt.live/100+1 && tt.garbage != tt.live {
			t.Errorf("%d jobs, %d bytes in use: %d bytes of garbage, want %d", tt.jobs, tt.live, got, tt.garbage)
		}
	}
}

// A large slice is made by the percentage of the last collection, whether its cleanup has run or not.
func TestCatchUp(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(123))
	c := &Collector{tuned: true, percent: 123}
	c.bound.Store(&oneFile)
	runtime.GC()
	c.catchUp()
	if c.percent == 123 || c.percent > int(oneFile.percent) {
		t.Errorf("GOGC=%d after a collection", c.percent)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // no collection now
	c.cycles, c.percent = cycles(), 123
	if c.catchUp(); c.percent != 123 {
		t.Errorf("GOGC=%d without a collection", c.percent)
	}
	// That of Reserve is left alone by both that look at it.
	c.cycles--
	c.reserved.Store(true)
	c.catchUp()
	if c.adjust(); c.percent != 123 || c.reserved.Load() {
		t.Errorf("GOGC=%d after the collection of Reserve", c.percent)
	}
}

// Where much is thrown away, collections begin early, unless the environment says when.
func TestExpectGarbage(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(123))
	c := &Collector{tuned: true, percent: 123}
	if c.ExpectGarbage(); c.percent != 100 || debug.SetGCPercent(123) != 100 {
		t.Errorf("GOGC=%d", c.percent)
	}
	byUser, none := new(Collector), (*Collector)(nil)
	byUser.ExpectGarbage()
	none.ExpectGarbage()
	if got := debug.SetGCPercent(123); got != 123 {
		t.Errorf("GOGC=%d though the environment says when to collect", got)
	}
}

// Making room is no reason to collect more or less often.
func TestReserve(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(123))
	for input, want := range map[int64]bool{largeInput - 1: false, largeInput: true, 1 << 40: true} {
		c := &Collector{tuned: true, percent: 123}
		c.bound.Store(&oneFile)
		c.Reserve(input)
		if got := c.reserved.Load(); got != want {
			t.Errorf("input of %d bytes: room %v, want %v", input, got, want)
		}
		if want {
			c.adjust() // what follows the collection of Reserve
			if c.percent != 123 || c.reserved.Load() {
				t.Errorf("input of %d bytes: GOGC=%d was set, more of it %v", input, c.percent, c.reserved.Load())
			}
		}
		if got := debug.SetGCPercent(123); got != 123 {
			t.Errorf("input of %d bytes: GOGC=%d", input, got)
		}
	}
	byUser := new(Collector) // GOGC or GOMEMLIMIT is set
	if byUser.Reserve(1 << 40); byUser.reserved.Load() {
		t.Error("room though the environment says when to collect")
	}
	var none *Collector // of a command that was not started by the system
	none.Reserve(largeInput)
}
