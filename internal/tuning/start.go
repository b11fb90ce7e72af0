package tuning

import (
	"runtime"

	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/tuning/oneproc"
)

// Start tunes the process: large slices of package memory are in huge pages from now on, and
// the Collector says when garbage is collected, unless the environment does. Allocations are
// not sampled any more, which Go does in case somebody wants a profile; ProfileMemory begins
// it again.
func Start(env func(name string) (string, bool)) *Collector {
	runtime.MemProfileRate = 0
	memory.OnLarge(advise)
	if given {
		memory.OnSparse(adviseSparse)
	}
	return newCollector(env)
}

// ProfileMemory samples allocations again, as often as Go does by default.
func ProfileMemory() { runtime.MemProfileRate = 512 << 10 } // bytes

// AllProcessors ends the time in which the process has one processor, see package oneproc. A
// program that calls runtime.GOMAXPROCS itself does not need it.
func AllProcessors() { oneproc.End() }
