// Package funcs decides which functions get BTF.
//
// A function has many instances in DWARF: an abstract one, out-of-line copies, the same
// inline function in other units. Each instance whose name the symbol table knows is saved
// as a [State] while units are read. At the end all instances of one name are judged
// together:
//
//	Saved.Add ─► states ─► Sort ─► Parts ─► Select: the instances of each function ─► []Emit
//	                                          │  compare prototypes           (in order of names)
//	                                          └► report: why a function is left out
//
// One instance stands for the function in [Emit]. A function is left out, with a [Reason],
// if callers could not rely on its prototype: its instances disagree, or parameters are
// not where the calling convention puts them, or the name has several addresses.
//
// With several files each has a symbol table, and functions of one name in two files are
// judged apart.
//
// Types are numbers of the type graph, and strings are identities of package names: equal
// number, equal string. The rules are those of pahole 1.32.
package funcs
