// Package memlimit bounds the memory of the process.
//
// The sizes of tables and buffers come from the input, and an input can be made so that
// a few kilobytes of it ask for gigabytes. There is one limit for all that is in memory
// at the same time, whichever file, section or worker it belongs to:
//
//   - what is large is asked for before it is made, by Make or Need, and refused with
//     the size that it needs;
//   - what grows step by step is measured after each collection of garbage: Err returns
//     an error from then on, and loops over the input look at it.
//
// Memory is measured and not booked: what is in use is what Go's heap holds. So nothing
// has to be given back, and what nobody asked for counts as well.
//
// A program has to switch the limit on, with Enable. Without that everything is granted,
// as a library has no say in the memory of its program.
package memlimit
