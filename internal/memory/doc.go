// Package memory is where the packages of this module take their large slices and buffers
// from. By itself it does what make does.
//
// The memory of a process belongs to its program. So a library neither tunes nor limits
// it: the program can, by two hooks. The command installs both (package tuning).
//
//   - OnLarge is told of each slice from Make. The command asks for huge pages.
//   - Enable begins to enforce a limit.
//
// # The limit
//
// The sizes of tables and buffers come from the input, and a few kilobytes of input can ask
// for gigabytes. There is one limit for all that is in memory at the same time, whichever
// file, section or worker it belongs to:
//
//   - what is large is asked for before it is made, with TryMake or Need, and refused with
//     the size that it needs;
//   - what grows step by step is measured after each garbage collection. From then on Err
//     returns an error, and loops over the input look at it.
//
// Memory is measured, not booked: what Go's heap holds is in use. So nothing has to be given
// back, and what nobody asked for counts as well.
package memory
