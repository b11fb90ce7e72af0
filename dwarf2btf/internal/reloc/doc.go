// Package reloc applies relocations to the debug sections of an object or kernel
// module (ET_REL) while they are read, with the results of libdwfl, which is what
// pahole 1.32 sees.
//
//	.debug_info        | unit       | unit       | ... |   read unit by unit
//	.rela.debug_info   | block | block | block | block |   by offset
//	index              first offset of each block
//
// A section is never held as a whole: the entries for the bytes that were read
// are found with the index, which one pass over the entries makes, and applied to
// these bytes. Entries out of order, which no linker writes, are sorted in memory.
// Compact relocations have a state at the start of each block as well.
//
// References to .debug_str may be led to one copy of each string, see [Strings].
//
// Machines that libdwfl does not know have the results of binutils. Relocations that are
// not understood are errors: DWARF that was not relocated is wrong without looking so.
//
// Addresses are those of [Layout]: the sections of an object have none, so libdwfl
// gives them some.
package reloc
