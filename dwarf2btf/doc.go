// Package dwarf2btf encodes the DWARF debugging information of an ELF file as BTF,
// with the bytes that pahole 1.32 writes.
//
//	f, err := elffile.Open("vmlinux")
//	result, err := dwarf2btf.Convert(ctx, []*elffile.File{f}, dwarf2btf.Options{Features: features.Default()})
//	err = os.WriteFile("vmlinux.btf", result.BTF.Bytes(), 0o644)
//
// # How it works
//
// These are the steps of [Convert], which convert.go has on one page. [Stats] has the time
// of each, under the same name.
//
//	base       the types and strings of the base, if there is one: base.go
//	   ▼
//	symbols    the symbol table, the kernel functions, where the units are: internal/unit/file.go
//	   ▼
//	units      decoders, one for each worker, turn units into CUs, whose types refer to
//	   │       each other by number: package internal/unit
//	   ▼       one CU after the other, in the order of the file
//	   │       the encoder adds strings in the order of their first use, gives the types
//	   │       to the graph that merges them, and saves the functions: encode.go
//	   ▼
//	functions  those that are encoded are chosen and added, then the DATASECs: lasttypes.go
//	   ▼
//	dedup      the graph merges what is left to merge: package typegraph
//	   ▼
//	build      the types of the result, in their final order: encode.go
//	   ▼
//	distill    the distilled base, if it is asked for: package distill
//
// A type has a shape and edges. The shape is its content without references. Equal shapes
// are kept once. The edges are the numbers of the types that it refers to. Nearly all types
// of a kernel have a shape that was seen before, and the graph forgets a type at once when
// it is a duplicate. So memory is in proportion to the distinct types and not to the size
// of .debug_info.
//
// A reference goes through three forms: die.Ref is the offset that DWARF has, or the
// number within a CU where that is known; typegraph.Ref is the number, or an ID of the
// graph; in the result it is the type ID.
//
// Sections of relocatable files are relocated as they are read, see internal/reloc.
//
// Split BTF goes on top of a [Base], which is indexed once and shared by any number
// of conversions. Each of them works in a workspace of its own: base.go.
//
// The result depends on the input, the base and the options only.
//
// # What is stable
//
// The bytes: they are those of pahole 1.32 and the libbpf that Options.Compat names, and change
// only where they are not. [Stats], the names of phases and the texts of diagnostics are
// for people and may change.
package dwarf2btf
