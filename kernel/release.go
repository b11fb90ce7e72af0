package kernel

import "fmt"

// A Release is a row of the table: what the kernels from First to Last do with BTF.
type Release struct {
	First, Last Version
	// Shipped are those of them that distributions maintain for long. They are in
	// lists for people: help texts, completion, the manual.
	Shipped []Version

	// Checks are the rules of these kernels. In a row without rules they only hold
	// what is known for certain, for [Since].
	Checks
	// Build is how these kernels' builds make BTF.
	Build
}

// HasRules reports whether it is known what these kernels check.
func (r *Release) HasRules() bool { return r.Header != 0 }

// String names a row by its releases: "6.12 to 6.14".
func (r *Release) String() string {
	if r.First == r.Last {
		return r.First.String()
	}
	return fmt.Sprintf("%v to %v", r.First, r.Last)
}
