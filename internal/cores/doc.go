// Package cores says how long a run would take with more processors than a machine has.
//
//	Recorder ─► Trace ─────► Steps ─────────► Replay ─► Schedule
//	  a real run  what each    for so many      when each step begins,
//	              step took    workers, what    and what it had to wait for
//	                           waits for what
//
// A [Recorder] in the context of a run notes the CPU time of each piece of work that package
// workers hands out, and of what stands between them. A run without one does not pay for it. The
// command records in builds with the tag cores only; make bench-cores makes such a build.
//
// Times are CPU times of threads, so a trace of 16 workers can be taken on two processors: what
// each worker has to find out for itself is in it. What the caches of 16 processors, and their
// memory, would do better or worse is not.
package cores
