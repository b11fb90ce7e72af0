// Package distill makes split BTF independent of the base it was made on
// (libbpf: btf__distill_base; Linux: Documentation/bpf/btf.rst, section
// .BTF.base).
//
// A distilled base takes the place of the base. It has only what the split types
// refer to, and of these types only what is needed to find them again in another
// base. A module carries it as .BTF.base; the kernel that loads the module
// relocates .BTF onto its own types.
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
//   - the distilled base, unchanged, if it is an INT, a FLOAT or a FWD;
//   - the distilled base, without members or values but with its size, if it is a
//     STRUCT, UNION, ENUM or ENUM64 with a name. An ENUM64 becomes an ENUM. What
//     the members of a named STRUCT or UNION refer to is not followed;
//   - the end of the split types, unchanged, if it is of another kind or has no
//     name. A FUNC may only be referred to by a LOCSEC; VAR, DATASEC and DECL_TAG of
//     the base by nothing.
//
// Kernels number the types wrongly if the distilled base has no type at all. In
// that case it gets one that relocation finds in every kernel: see placeholder.go.
//
// That is what libbpf 1.8 does, but for its defect. After it, functions of the base may
// be referred to as well, and go to the end of the split types, and a distilled base may
// be empty: see Options.Compat.
//
// # What is stable
//
// The two results, which are those of libbpf but for what DIFFERENCES.md names, and the
// types of errors. Texts of errors may change.
package distill
