// Package btfids fills the section .BTF_ids of a kernel or a module, and prepares
// the BTF that its numbers refer to. It does what the kernel's own tool
// resolve_btfids does (tools/bpf/resolve_btfids).
//
// # The section
//
// .BTF_ids is an array of words, all zero after linking, in which the kernel
// wants to find the IDs of types. Local symbols say which (linux/btf_ids.h):
//
//	symbol                        at its place
//	__BTF_ID__struct__NAME__N     the ID of STRUCT NAME
//	__BTF_ID__union__NAME__N      the ID of UNION NAME
//	__BTF_ID__typedef__NAME__N    the ID of TYPEDEF NAME
//	__BTF_ID__func__NAME__N       the ID of FUNC NAME
//	__BTF_ID__set__NAME           the number of the IDs that follow, sorted
//	__BTF_ID__set8__NAME          the same and a word of flags; each ID has flags
//
//	set   | count | ID | ID | ...            set8  | count | flags | ID | flags | ...
//
// N makes the symbol unique. The size of a set's symbol is that of the set.
//
// # The steps
//
// Package module takes a file through them.
//
//	Read ──► Table            what the symbols ask for
//	             │
//	types ──► ImplicitArgs    from Linux 7.0 on: kernel functions lose the
//	       or    │            parameters that the verifier fills in
//	          TagKfuncs       from Linux 7.3 on: that, and their tags, which the
//	             │            encoder is not asked for any more
//	          dedup           the same: package dedup
//	             ▼
//	          distill         package distill, for modules built outside of the tree
//	             ▼
//	          btf.SortByName  from Linux 7.0 on
//	             ▼
//	          SplitInline     BTF inline, for kernels that know it
//	             ▼
//	          Table.Resolve   the contents of .BTF_ids
//
// A kernel function is one that BPF programs may call. Up to Linux 7.2 a declaration
// tag of the encoder says so; from 7.3 on it is the first flag of the set8 that lists
// it. Other flags are those of the function.
//
// Kernels before 7.0 resolve against the types as they are. IDs are those of the
// types that Resolve gets, whatever their base is: a module with a distilled base
// has IDs over that base, which the kernel translates when it loads the module.
//
// # What is stable
//
// The contents of the section, which are those of the kernel's program, and the types of
// errors. Texts may change with that program's.
package btfids
