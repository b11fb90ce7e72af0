// Package debugfile finds the files in which the debugging information of a file
// stands apart from it, and makes sure that they belong together. It knows nothing of
// what is in that information.
//
// # Separate debug files
//
// strip leaves a file that says in the section .gnu_debuglink what its debug file is
// called, with a checksum of it, and in a note which build both come from. Places are
// those of libdwfl (elfutils: dwfl_standard_find_debuginfo), in its order:
//
//	ROOT/.build-id/ab/cdef….debug     ROOT: directories of the caller, then /usr/lib/debug
//	DIR/NAME                          DIR: that of the file, and of what it is a link to
//	DIR/.debug/NAME
//	ROOT/DIR/NAME                     and with a directory less in front of DIR, and so on
//
// Without .gnu_debuglink NAME is that of the file with .debug behind it.
//
// # Supplementary files
//
// dwz moves what several files have in common into another one. Their section
// .gnu_debugaltlink has its path and its build ID, or, in DWARF 5, .debug_sup a path
// and a checksum that the supplementary file repeats. Places:
//
//	ROOT/.build-id/ab/cdef….debug
//	PATH                              from DIR, if it is relative
//	DIR/NAME, DIR/.dwz/NAME, DIR/.debug/NAME
//	ROOT/NAME, ROOT/.dwz/NAME
//
// # Checks
//
// A file is taken only if it has what the other one says: the build ID; without one
// the checksum; and a debug file that nothing is said of the same sections. Others are
// passed over, and if none is left, the error says of each why.
package debugfile
