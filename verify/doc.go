// Package verify says what a Linux kernel would say of BTF: whether it takes
// it, and if not, with which error and which words in its log. It works on raw
// bytes, so that it can judge what [btf.Parse] refuses to read.
//
// # Two levels
//
// A kernel looks at the BTF of vmlinux, of a module and at .BTF.base less
// closely than at BTF that a program brings (kernel/bpf/btf.c). [Kernel] and
// [Module] replay the first, [Load] the second, the system call BPF_BTF_LOAD.
//
//	          header  strings  each record  graph of types  modifier chains
//	vmlinux     x        x         x                               x
//	module      x        x         x                               x        then relocation
//	LOAD        x        x         x              x                x        then special structs
//
// Records are judged by themselves at level 1: whether a type that they refer to
// exists, is not asked. What passes may therefore still be dangerous, and a
// [Report] lists that beside the verdict.
//
// # Order
//
// The verdict is the first thing the kernel stops at, and it has the kernel's
// error number and message. That needs the kernel's order of checks, which the
// code follows; the rest is its own. Everything else that is wrong is listed on
// request, marked as [NotReached].
//
// # Releases
//
// What differs between releases of Linux is one table, that of package kernel, and a
// row of it says by which rules to judge. [Judge] does so for any release, also for one
// that no row is about: then the outcome is unknown, unless it follows from the rows
// that come near. Functions of the kernel that are named in comments are those of its
// kernel/bpf/btf.c.
package verify
