// Package oneproc lets a program begin with one processor (in the sense of
// runtime.GOMAXPROCS). With more, the runtime wakes another thread for each
// goroutine that it starts by itself, and this thread looks for work for a while: a
// tenth of the CPU time of a process that encodes one small module.
//
// It is its own package, which imports nothing else, so that this comes before the
// other packages are initialised: Go does that in the order of their paths as far as
// their imports allow (The Go Programming Language Specification, Program
// initialization).
package oneproc

import "runtime"

// before is how many there were.
var before = runtime.GOMAXPROCS(1)

// End lets the program have as many processors as without this package. One that
// calls runtime.GOMAXPROCS itself does not need it.
func End() { runtime.GOMAXPROCS(before) }
