// Package dwarf2btf encodes the DWARF debugging information of an ELF file as BTF,
// with the bytes that pahole 1.32 writes.
//
//	units ──► decoder   one unit, one worker: DIEs become types, functions and
//	   │                variables of a CU (decode.go, types.go, structs.go, …)
//	   ▼
//	in the order of the input
//	   │
//	   ▼
//	encoder             strings in the order of first use, types to dedup,
//	   │                functions saved (encode.go)
//	   ▼
//	finish              functions chosen, DATASECs, deduplicated result
//
// A type is a shape, its own content without references, which is interned once
// for the whole run, and edges, the numbers of the types it refers to. Nearly all
// types of a kernel have a shape that was seen before, and the graph of package
// dedup forgets a type at once when it is a duplicate, so memory is in proportion
// to the distinct types and not to the size of .debug_info.
//
// Sections of relocatable files are relocated as they are read, see internal/reloc.
//
// Split BTF goes on top of a Base, which is indexed once and shared by any number
// of conversions. Each works in a workspace of its own: base.go.
//
// The result depends on the input, the base and the options only.
package dwarf2btf
