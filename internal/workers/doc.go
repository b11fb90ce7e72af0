// Package workers does numbered pieces of work on several goroutines.
//
//	work 0 ─┐                         ┌─► take 0, take 1, take 2, …
//	work 1 ─┼─► finished in any order ┤   one at a time, in the order of the numbers
//	work 2 ─┘                         └─
//
// [InOrder] is for results that must not depend on which goroutine was faster: work
// runs side by side, and its results are taken in order. [Pool.Each] is for work
// without a common result, [Pool.Both] for two things that need not wait for each other.
//
// A [Pool] says how many workers there are. The calling goroutine is the first of them.
// The others ask for one of the [Slots] before each piece of work, so that make and
// the programs that it starts can share the processors of a machine.
package workers
