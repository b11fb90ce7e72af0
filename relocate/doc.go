// Package relocate moves split BTF with a distilled base onto another base, as
// kernels do with a module's .BTF and .BTF.base when they load it, and says
// beforehand whether that will work (Linux 7.2, tools/lib/bpf/btf_relocate.c,
// which is compiled into libbpf and into the kernel; the rules are the same in
// Linux 6.11 and 6.12; kernels before do not know .BTF.base, see package kernel).
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
// The two kind_flags in the row of FWD are those that say "union" for a FWD; in
// a STRUCT or UNION they mean bitfields. This, and that a STRUCT accepts an INT,
// are accidents of the kernel's that are kept here. A distilled type that is
// embedded, that is held by value, loses this mark with the first type that it
// accepts, so that a second one counts as another candidate whatever its size.
//
// Each distilled type has to accept one type of the target and no more. The
// split types then get their new IDs and names. Their own strings and the
// order of everything stay.
//
// # Hostile input
//
// Kernels do not check that the IDs in a module exist, nor that arrays and
// typedefs end somewhere. Check accepts such types, from btf.ParseLoose, and says
// what the kernel would do with them; it neither crashes nor hangs itself.
package relocate
