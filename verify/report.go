package verify

import (
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
)

// A Report is what a kernel makes of a blob, or of a module.
type Report struct {
	// Rows are the releases by whose rules it was judged: one, unless the report
	// comes from [Judge].
	Rows []*kernel.Release
	// Verdict is what the kernel stops at; nil if it takes the BTF, or if that is
	// not known.
	Verdict *Finding
	// More is what else there is to say, in the order of the blob: dangers, notes,
	// and on request what the kernel did not come to.
	More []Finding

	// Types is the number of own types, as far as they were read, and Base what
	// they were taken to be split from.
	Types int
	Base  *Base
	// BaseIgnored says that the module has a .BTF.base and the kernel does not know
	// that.
	BaseIgnored bool
	// Relocation is what became of a module with .BTF.base, if it came to that.
	Relocation *relocate.Report
}

// Outcome says in a word what the kernel makes of the BTF.
func (r *Report) Outcome() Outcome {
	switch {
	case r.Verdict != nil:
		return OutcomeRefused
	case r.Has(Undecided):
		return OutcomeUnknown
	}
	return OutcomeAccepted
}

// An Outcome is that of a [Report].
type Outcome uint8

const (
	OutcomeAccepted Outcome = iota
	OutcomeRefused
	OutcomeUnknown // there is no rule that tells; a finding says why
)

func (o Outcome) String() string { return [...]string{"accepted", "refused", "unknown"}[o] }

// Accepted reports whether it is known that the kernel takes the BTF.
func (r *Report) Accepted() bool { return r.Outcome() == OutcomeAccepted }

// Has reports whether there is a finding of a class.
func (r *Report) Has(c Class) bool { return r.first(c) != nil }

// Valid reports whether the kernel takes the BTF and nothing in it can hurt
// it.
func (r *Report) Valid() bool { return r.Accepted() && !r.Has(Danger) }

// Danger returns the first danger, nil if there is none.
func (r *Report) Danger() *Finding { return r.first(Danger) }

// Undecided returns the first reason why the outcome is not known, nil if it is.
func (r *Report) Undecided() *Finding {
	if r.Verdict != nil {
		return nil
	}
	return r.first(Undecided)
}

func (r *Report) first(c Class) *Finding {
	if c == Refused {
		return r.Verdict
	}
	if i := slices.IndexFunc(r.More, func(f Finding) bool { return f.Class == c }); i >= 0 {
		return &r.More[i]
	}
	return nil
}

// Class says what follows from a Finding.
type Class uint8

const (
	Refused    Class = iota // the kernel stops here
	Danger                  // the kernel takes it, and may crash or lose types later
	NotReached              // would be refused, but the kernel stops before it
	Unchecked               // would be refused by BPF_BTF_LOAD; BTF of a kernel is not asked
	Undecided               // no rule tells whether the kernel takes it
	Note                    // worth knowing, wrong for some uses only
)

func (c Class) String() string {
	return [...]string{"refused", "danger", "not reached", "unchecked", "undecided", "note"}[c]
}

// A Finding is one thing that is wrong. Its text form is the kernel's line.
type Finding struct {
	Class   Class
	Section string // ".BTF.base" or "vmlinux" where it is about those, or ""

	// The type it is about, as the kernel counts; 0, void and "" for findings
	// about the blob.
	ID   btf.ID
	Kind btf.Kind
	Name string
	// Element is the name of the member or enumerator it is about, if it has one.
	Element string

	// Errno is what the kernel returns, 0 if it does not look.
	Errno kernel.Errno
	// Message has the kernel's words, such as "Invalid name"; "" where it fails
	// without one.
	Message string
	// Line is what ends the kernel's log, with type and details, and without a
	// newline at the end: "[7] PTR x type_id=2 Invalid name".
	Line string
	// Cause says what is likely behind it and what to do.
	Cause string
}

func (f *Finding) Error() string {
	if f.Line != "" {
		return f.Line
	}
	if f.Errno != 0 {
		return f.Errno.Error()
	}
	return f.Cause
}
