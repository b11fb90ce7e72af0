// Package mincore makes the BTF that BPF programs need of a kernel's: what their relocations
// by type (CO-RE) look at, and nothing else. A loader that gets it in place of the kernel's
// own BTF relocates the programs alike, so they run on kernels without BTF. It is what
// "bpftool gen min_core_btf" does.
//
//	objects --ParseObject--> what each relocation asks for, by name
//	                              |
//	kernel's BTF  --New, Minimize-+--> candidates --> match --> marks --> BTF
//	                                                    +--> Resolve: what becomes of each
//
// # Matching
//
// A relocation names a type of the program's own BTF. Its candidates are the types of the
// kernel with the same kind and name, without what comes after three underscores (a flavour,
// as in task_struct___old). It may be about
//
//	a field      members are found by name, also inside of anonymous members, elements of
//	             arrays by index; types of members have to be compatible, not equal
//	a type       it exists, has a size, or matches member by member
//	enumerators  found by name
//
// All candidates that match must agree on offsets and values. One that does not match is not
// asked again for that type (libbpf: relo_core.c). Resolve says what came of each relocation
// without making BTF, and Needs what else a program has of a kernel.
//
// # Marks
//
// Of a field, the structs and members on the way to it are kept, of a type the type and what
// it is made of, up to structs, whose members are not kept; of an enumerator the enum; of a
// match all members. A pointer does not keep what it points to: it becomes a pointer to void
// if nothing else does (bpftool: gen.c).
package mincore
