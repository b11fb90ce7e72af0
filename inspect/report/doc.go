// Package report makes one HTML file of what there is to say about the BTF of a kernel or
// module: what kernels make of modules, where its bytes come from, which functions are left
// out, and how structs lie in memory.
//
//	Relocation ─┐
//	Sizes ──────┤           ┌─ tables, as HTML: they need no script
//	Skipped ────┼─► Page ─► │
//	Structs ────┘           └─ data, as JSON: drawn by the scripts when somebody looks
//
// The file needs nothing else: style and scripts are in it, and its policy allows no others
// and no network. Names come from files of anybody. They are made printable when they are put
// into a page (internal/quote), escaped by its template (template.go), and shown by the scripts as text.
// The same page gives the same bytes.
//
// How large a page becomes is bounded, see the Max constants. What is left out is counted, and
// the page names the command that prints it.
package report
