// Package baseindex keeps what is expensive to find out about a base, in a directory: a kernel's
// build encodes thousands of modules on one base, each in a process of its own.
//
// A [Cache] is that directory. It has a file for each base, an [Index]: the BTF itself, and some
// parts, tables of words that other packages make and read. This package does not know what they
// mean; whoever changes a part, or a hash in it, counts up [Version].
//
//	header   magic, version, checksum, where BTF and parts are
//	parts    words in the order of the machine
//	BTF      at an address that 64 divides
//
// The file is mapped and not read, and its BTF takes the place of the base's: nothing is copied.
//
// # Which index is used
//
// The name of a file comes from the length of the BTF and from samples of it. That is only a
// hint, by which different bases have different files. An index is used if its BTF is the base's,
// byte for byte: they are compared in full each time, which takes less than a millisecond for a kernel.
// Neither names, times nor numbers of files are believed, so a base may be copied, moved or changed
// in place.
//
// # What is trusted
//
// Files of the user, and of root, in a directory that only one of them can write to. Others are
// not looked at. A checksum tells damage in the parts, and readers of parts check every number
// before they use it as an offset. So whatever is in a file, nothing outside of it is read, and
// no loop goes on for ever. But a user who writes false tables with a right checksum into their
// own cache can hide types from the encoder, as they could replace the encoder.
//
// # What can happen to it
//
// Files appear at once and completely (package outfile), and are on the disk by then. One process
// at a time writes: others that lack an index go on without. Whatever goes wrong, from a full disk
// to a directory that cannot be read, the result is no index and a note, never an error. There
// is one exception: an index is mapped, and whoever cuts it short in place while it is in use, which
// the user and root alone can do, or a disk that fails then, ends the process with SIGBUS.
//
// When a file is added, those that were used least recently make room for it.
package baseindex
