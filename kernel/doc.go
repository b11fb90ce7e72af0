// Package kernel has one table of Linux releases. It says what each release knows of
// BTF, what it checks before it accepts some, and how its build makes BTF. Whoever
// needs such a fact asks here: package verify for the checks, package module and the
// program resolve_btfids for the build, the command for its help texts. A new release
// is a row of the table in table.go.
//
// # Rows
//
// A row is a [Release]. It stands for all releases from First to Last, which do the
// same; rows follow each other without a gap. The Checks of a row are the rules of these
// kernels. Where nobody has found out in which release a difference came, the row has
// no rules: a kernel between two rows with rules does in each point what one of the two
// does, and one that is newer than all rules may do anything. [For] returns the rows
// that a kernel is judged by, and how well they are known for it.
//
//	older      5.15   5.16 to 6.0   6.1 to 6.3  ...  6.19 to 7.1   7.2     newer
//	no rules   rules  none          rules            none          rules   none
//
// How a build makes BTF, and which kinds a kernel knows, is known for all of them.
//
// The newest rows may be Posted: they were read before there was a release, and nobody
// has run it. Such a kernel is judged by the last row with rules as well, and [For]
// returns both.
//
// # Sources
//
// Rules are those of kernel.org's kernel/bpf/btf.c, in the last updates of a series.
// A distribution that carries later changes back may differ. Of the change that matters
// most, .BTF.base, the types of its vmlinux tell: see [SupportOf].
//
// # What is stable
//
// What a row says of its releases. Fields and rows are added as Linux goes on; code that
// makes a Release of its own should name its fields.
package kernel
