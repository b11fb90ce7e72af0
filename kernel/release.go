package kernel

import "fmt"

// A Release is a row of the table: what the kernels from First to Last do with BTF.
type Release struct {
	First, Last Version
	// Shipped are those of them that distributions maintain for long. They are in
	// lists for people: help texts, completion, the manual.
	Shipped []Version

	// Posted: what the row says was read in a tree of bpf-next with series on top. Nobody
	// has run these kernels here, and which release has each of the changes is not
	// known: this is the first that can.
	Posted bool
	// Checks are the rules of these kernels. In a row without rules they only hold
	// what is known for certain, for [Since].
	Checks
	// Build is how these kernels' builds make BTF.
	Build
}

// HasRules reports whether it is known what these kernels check. What is only posted is
// not: see [Posted].
func (r *Release) HasRules() bool { return r.Header != 0 && !r.Posted }

// Span names the releases of a row: "6.12 to 6.14".
func (r *Release) Span() string {
	if r.First == r.Last {
		return r.First.String()
	}
	return fmt.Sprintf("%v to %v", r.First, r.Last)
}

// String names a row by its releases, and says of one that is only Posted that it is:
// "6.12 to 6.14", "7.3 as posted".
func (r *Release) String() string {
	if r.Posted {
		return r.Span() + " as posted"
	}
	return r.Span()
}
