// Package location finds out whether the parameters of a function are where its callers
// would expect them. A kernel function whose parameters are elsewhere, or gone, cannot be
// called through BTF, so it gets none.
//
// It reads the DWARF location of each parameter, an expression or a list of them, into a
// few facts: the first register, which pieces of the value are passed, whether it is a
// constant or on the stack. Then it compares the facts of all parameters of a function
// with the calling convention of the machine:
//
//	.debug_info exprloc ──► Context.Expr ─┐             Convention
//	.debug_loc(lists)   ──► Context.List ─┴► Facts ──► Analyze ──► Verdict
//
// The verdict says two things: "some parameter was optimized away" and "some parameter is
// in an unexpected register". [Convention] is the only place that knows machines.
//
// Nothing is evaluated: there are no addresses and no program counter. The rules are those
// of pahole 1.32, which reads through libdw. They include how libdw gives up: it ends a
// list at an expression that it cannot decode, and the facts of the entries before it stay.
//
// No function of this package allocates, and any input is safe.
package location
