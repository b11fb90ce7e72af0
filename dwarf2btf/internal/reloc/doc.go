// Package reloc applies relocations to the debug sections of an object or kernel module
// (ET_REL) while they are read. Its results are those of libdwfl, which is what pahole 1.32
// reads through.
//
//	.debug_info        | unit       | unit       | ... |   read unit by unit
//	.rela.debug_info   | block | block | block | block |   by offset
//	index              first offset of each block
//
// A section is never in memory as a whole. One pass over the relocations makes an index;
// with it the entries for the bytes that were just read are found, and applied to them.
// Entries that are out of order, which no linker writes, are sorted in memory. Compact
// relocations (SHT_CREL) are differences, so their index also has the state at the start of
// each block.
//
// References to .debug_str may be changed to refer to one copy of each string, see
// [Strings].
//
// A machine that libdwfl does not know gets the results of binutils. A relocation that is
// not understood is an error: DWARF that was not relocated looks right and is not.
//
// The sections of an object have no addresses. They get those of [Layout], as libdwfl gives
// them.
package reloc
