// Package rusage says how much CPU time and memory processes took (getrusage(2)). It is for tests and benchmarks.
package rusage

import "time"

// A Usage is what a process, or several together, took.
type Usage struct {
	CPU  time.Duration // user and system time of all threads
	Peak int64         // the largest resident set, in bytes; of several processes, that of the largest
}
