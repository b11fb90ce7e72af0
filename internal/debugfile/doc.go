// Package debugfile finds the files to which the debugging information of a file was
// moved, and makes sure that they belong to it. What is in that information is no matter
// here.
//
// # Separate debug files
//
// strip leaves a file whose section .gnu_debuglink has the name of the debug file and its
// checksum, and whose note has the ID of the build that both come from. The debug file is
// looked for where libdwfl does (elfutils: dwfl_standard_find_debuginfo), in this order:
//
//	ROOT/.build-id/ab/cdef….debug     ROOT: directories of the caller, then /usr/lib/debug
//	DIR/NAME                          DIR: that of the file, and of what it is a link to
//	DIR/.debug/NAME
//	ROOT/DIR/NAME                     then without the first directory of DIR, and so on
//
// Without .gnu_debuglink, NAME is the name of the file with .debug after it.
//
// # Supplementary files
//
// dwz moves what several files have in common to another file. Their section
// .gnu_debugaltlink has its path and its build ID; in DWARF 5, .debug_sup has a path and a
// checksum that the supplementary file repeats. It is looked for in:
//
//	ROOT/.build-id/ab/cdef….debug
//	PATH                              from DIR, if it is relative
//	DIR/NAME, DIR/.dwz/NAME, DIR/.debug/NAME
//	ROOT/NAME, ROOT/.dwz/NAME
//
// # Checks
//
// A file is taken only if it has the build ID that the other one tells, or else the
// checksum. A debug file of which neither is told must have the same sections. Others are
// passed over. If none is left, the error says why for each.
package debugfile
