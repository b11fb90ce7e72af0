// Package distill makes split BTF independent of the base it was made on
// (libbpf: btf__distill_base; Linux: Documentation/bpf/btf.rst, section
// .BTF.base).
//
// The base is replaced by a distilled one that has no more than what the split
// types refer to, and of that only what is needed to find it again in another
// base: a module gets it as .BTF.base, and the kernel that loads the module
// relocates .BTF onto its own BTF.
//
//	before                               after
//	base   [1] INT int                   base   [1] STRUCT foo size=8 vlen=0
//	       [2] STRUCT foo size=8 vlen=2
//	       [3] PTR -> 2
//	split  [4] VAR x -> 3                split  [2] VAR x -> 3
//	                                            [3] PTR -> 1
//
// A type of the base that is referred to, directly or through others, goes to
//
//   - the distilled base if it is an INT, a FLOAT or a FWD, as it is; if it is a
//     STRUCT, UNION, ENUM or ENUM64 with a name, as a STRUCT, UNION or ENUM of
//     its size without members or values. What a named STRUCT or UNION refers to
//     is not followed.
//   - the end of the split types, as a whole, if it is of another kind or has no
//     name.
//
// Kernels number the types wrongly if the distilled base has none at all. Where
// nothing goes there it gets a type that relocation will find in every kernel,
// see anchor.go.
package distill
