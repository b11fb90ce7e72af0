// Package verify says what a Linux kernel does with BTF: whether it accepts it, and if
// not, with which error number and which words in its log. It works on raw bytes, so
// that it can judge what [btf.Parse] refuses to read.
//
// # What to call
//
// A [Loader] is a kernel with the BTF of its vmlinux. It judges modules for any
// release of Linux: see the example of [Loader.Module]. [Check] judges one piece of raw
// BTF by the rules of one row of package kernel, also as the system call BPF_BTF_LOAD
// does. Both return a [Report]. [GuessOrigin] is for split BTF whose base is not known.
//
// # Two levels
//
// A kernel looks at the BTF of vmlinux, of a module and at .BTF.base less closely than
// at BTF that a program brings (kernel/bpf/btf.c).
//
//	          header  strings  each record  graph of types  modifier chains
//	vmlinux     x        x         x                               x
//	module      x        x         x                               x        then relocation
//	LOAD        x        x         x              x                x        then special structs
//
// Level 1 judges records one by one: whether a type that they refer to exists, is not
// asked. BTF that the kernel accepts in this way can still make it crash, or lose
// types. Such a [Hazard] is in the Report beside the verdict.
//
// # Order
//
// The Refusal is the first check that fails, with the kernel's error number and words.
// To find it, the checks have the kernel's order; the rest of the code is its own. On
// request a Report also lists what the kernel did not come to, as [NotReached].
//
// # Releases and kinds
//
// What differs between releases of Linux is a row in the table of package kernel, and
// the checks ask that row. What kernels do with types of a kind is a row in kinds.go.
// For a kernel or a kind without rules the verdict is [Unknown]; for a kernel that is newer
// than all rules it is that of the newest, and marked: [PresumablyAccepted]. Functions of
// the kernel that comments name are those of its kernel/bpf/btf.c.
//
// # What is stable
//
// Verdicts, error numbers and the kernel's words, for releases with rules. A release whose
// verdict is Unknown today may get one. Guesses at the origin of BTF, and their texts, may
// change.
package verify
