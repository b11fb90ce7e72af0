// Package explain says in sentences why something is in BTF or is not: functions, variables and types, from what the
// encoder wrote down while it decided (package dwarf2btf/trace), and from the types that came of it.
//
//	trace.Function + its instances ─► Function    why it is left out, and what it would take
//	trace.Variable                 ─► Variable    why it is left out
//	btf.Types, two IDs             ─► Difference  the members that lead from two types of a name to where they differ
//
// Nothing is decided here: the rules are those of the encoder. Sentences are for people and may change; reasons are
// the words of package trace.
package explain
