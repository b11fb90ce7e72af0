package main

import (
	"runtime"
	"runtime/debug"
)

// Encoding holds little that dies young, and peak memory is what users count: so
// the heap grows by half only until it is collected again, or by maxGarbage if
// that is less. A large heap is no more work to collect than a small one: nearly
// all of it is tables without pointers. But to begin with it grows to
// firstCollection, which a small module does not reach: its three collections
// would be a tenth of its time.
//
// amdgpu.ko of a full kernel: 264 MB peak with half of the heap, 197 MB with
// 12 MB, and no difference in time.
const (
	gcPercent       = 50
	maxGarbage      = 8 << 20  // bytes
	firstCollection = 32 << 20 // bytes

	// minHeap is where the runtime begins to collect with GOGC=100, in bytes. A limit
	// of memory would do as well, but the runtime gives back to the system what it
	// has collected to stay below it, and takes it again page by page.
	minHeap = 4 << 20
)

// tuneCollector says when the heap is collected, if the environment does not. It
// also stops the sampling of allocations that Go does in case somebody wants a
// profile; startProfiles begins it again.
func tuneCollector(env func(name string) (string, bool)) {
	runtime.MemProfileRate = 0
	if _, set := env("GOGC"); set {
		return
	}
	if _, set := env("GOMEMLIMIT"); set {
		debug.SetGCPercent(gcPercent)
		return
	}
	debug.SetGCPercent(100 * firstCollection / minHeap)
	afterCollection(func() {
		debug.SetGCPercent(gcPercent)
		boundGarbage()
	})
}

// boundGarbage lets the heap grow by maxGarbage between collections as soon as
// half of it is more than that.
func boundGarbage() {
	percent := gcPercent
	var adjust func()
	adjust = func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		want := garbagePercent(m.NextGC / (100 + uint64(percent)) * 100)
		if want != percent {
			percent = want
			debug.SetGCPercent(want)
		}
		afterCollection(adjust)
	}
	adjust()
}

// afterCollection calls f once, after the next collection, which finds the object
// made here dead.
func afterCollection(f func()) {
	runtime.AddCleanup(new([16]byte), func(f func()) { f() }, f)
}

// garbagePercent is GOGC for a live heap of so many bytes. It is 1 at the least:
// with 0 there is no end of collections.
func garbagePercent(live uint64) int {
	return min(gcPercent, int(100*maxGarbage/max(live, 1))+1)
}
