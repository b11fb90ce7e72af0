// Package funcs decides which functions get BTF.
//
// While units are read, every instance of a function that the symbol table
// knows is saved: an abstract instance, an out-of-line copy, the same inline
// function in another unit. At the end the instances of one name are judged
// together:
//
//	Saved.Add ─► states ─► Sort ─► Parts ─► Select: groups of one entry ─► []Emit
//	                                          │  compare prototypes         (in order of names)
//	                                          └► report: why a function is left out
//
// With several files each has a table, and an entry is one of a table: functions of
// one name in two files are judged apart.
//
// Types are graph IDs of the deduplicator, strings are its name identities:
// equal number, equal string. The rules are those of pahole 1.32.
package funcs
