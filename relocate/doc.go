// Package relocate moves split BTF from its distilled base onto another base, as
// kernels do with the .BTF and .BTF.base of a module that they load. It also says
// beforehand whether that will work. [NewTarget] makes an index of a kernel's BTF,
// [Check] says what becomes of each type, and [Relocate] moves the types.
//
// The rules are those of tools/lib/bpf/btf_relocate.c, which is compiled into libbpf
// and into the kernel. They are the same in all releases that know .BTF.base: which
// those are is in package kernel.
//
//	distilled  [1] STRUCT foo size=8      target  [1] INT int
//	                                              [2] STRUCT foo size=12 ...
//	split      [2] PTR -> 1               moved   [3] PTR -> 2
//
// # Rules
//
// A distilled type is looked for in the target by its name, among INT, FLOAT,
// ENUM, ENUM64, FWD, STRUCT and UNION. A type of the target with that name is
// accepted if kind and size fit:
//
//	distilled      accepts                          size has to be equal for
//	INT            INT of the same encoding         INT
//	FLOAT          FLOAT                            FLOAT
//	ENUM           ENUM, ENUM64                     ENUM, ENUM64
//	FWD            FWD of the same kind_flag,       STRUCT and UNION if the target has several
//	               STRUCT without kind_flag,        of that name (a FWD has size 0)
//	               UNION with kind_flag
//	STRUCT, UNION  any kind                         INT, FLOAT, ENUM, ENUM64; STRUCT and UNION if the
//	                                                target has several of that name, or if a STRUCT
//	                                                or UNION of the split types holds the type by value
//
// In the row of FWD, the kind_flag says "union" in a FWD, but in a STRUCT or UNION it
// says that there are bitfields. That the kernel compares the two, and that a STRUCT
// accepts an INT, are accidents which are kept here. A distilled type is embedded if
// something holds it by value. The kernel forgets this with the first type that it
// accepts, so that a second one is a candidate whatever its size.
//
// Each distilled type has to accept exactly one type of the target. The split types
// then get their new IDs and names. Their own strings stay, and the order of types.
//
// # BTF inline
//
// .BTF.inline of a module is split from its .BTF. It is moved by the same tables, see
// [Inline].
//
// # Hostile input
//
// Kernels do not check that the IDs in a module exist, nor that arrays and typedefs
// end somewhere. Check accepts such types, from btf.ParseLoose, and says what the
// kernel would do with them. It neither crashes nor hangs itself.
//
// # What is stable
//
// Outcomes, states and error numbers: they are the kernel's. Sentences for people, as those
// of Explain, may change.
package relocate
