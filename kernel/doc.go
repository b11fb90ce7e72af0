// Package kernel has one table of Linux releases: what each of them knows of BTF,
// what it checks before it takes some, and how its build makes it. Whoever has to
// know asks here, and a new release is a row of [Table].
//
// # Rows
//
// A [Release] is a row. It stands for all releases from its First to its Last, which
// do the same; rows follow each other without a gap. Where it is not known in which
// release between two rows a difference came, there is a row that is Between: such a
// kernel does in each point what one of its neighbours does, and nobody can say
// which. [For] returns the rows that a kernel is judged by, and how well they are
// known for it.
//
//	older      5.15   5.16 to 6.0   6.1 to 6.3  ...  6.19 to 7.1   7.2     newer
//	no rules   rules  both          rules            both          rules   those of 7.2, as a guess
//
// Rules are those of kernel.org's kernel/bpf/btf.c, in the last updates of a series.
// A distribution that carries later changes back may differ; of the one that matters
// most, .BTF.base, the types of its vmlinux tell (see [KnowsBase]).
package kernel
