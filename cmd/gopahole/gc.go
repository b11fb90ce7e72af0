package main

import (
	"math"
	"runtime"
	"runtime/debug"
)

// Encoding holds little that dies young, and peak memory is what users count: so
// the heap grows by half only until it is collected again. But to begin with it
// grows to firstCollection, which a small module does not reach: its three
// collections would be a tenth of its time.
const (
	gcPercent       = 50
	firstCollection = 32 << 20 // bytes
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
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(firstCollection)
	// The first collection finds this object dead.
	runtime.AddCleanup(new([16]byte), func(int) {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(math.MaxInt64)
	}, 0)
}
