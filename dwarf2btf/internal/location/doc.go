// Package location judges where the parameters of a function live: it turns
// DWARF location expressions and lists into a few facts per parameter, and the
// facts of all parameters of a function into two verdicts: "some parameter was
// optimized away" and "some parameter sits in an unexpected register".
//
//	.debug_info exprloc ──► Context.Expr ─┐
//	.debug_loc(lists)   ──► Context.List ─┴► Facts ──► Analyze ──► Verdict
//
// Nothing is evaluated: no addresses, no program counter. The rules are those
// of pahole 1.32 reading through libdw, including how libdw gives up: an
// expression it cannot decode ends a list, and the facts of the entries before
// it stay.
//
// No function of this package allocates, and all input may be hostile.
package location
