package verify

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// A Finding is one thing that is wrong with BTF. As an error it reads as the kernel's
// line.
type Finding struct {
	Class   Class
	Section string // ".BTF.base", ".BTF.inline" or "vmlinux" if the finding is about those, or ""

	// The type that it is about, as the kernel counts; 0, void and "" for a finding
	// about the blob as such.
	ID   btf.ID
	Kind btf.Kind
	Name string
	// Element is the name of the member or enumerator that it is about, if it has one.
	Element string

	// Errno is what the kernel returns, 0 if it does not look.
	Errno kernel.Errno
	// Message has the kernel's words, such as "Invalid name"; "" if it fails without
	// a word.
	Message string
	// Line is the end of the kernel's log, with the type and its details, and without
	// a newline at the end: "[7] PTR x type_id=2 Invalid name".
	Line string
	// Cause says, for people, what probably happened and what to do about it.
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

// A Class says what follows from a Finding.
type Class uint8

// The classes.
const (
	Refusal    Class = iota // the kernel stops here
	Hazard                  // the kernel accepts it unseen, and may crash or lose types later
	NotReached              // would be refused, but the kernel stops before it
	Unchecked               // BPF_BTF_LOAD would refuse it, but a kernel does not check its own BTF for it
	Undecided               // no rule tells whether the kernel accepts it
	Note                    // worth knowing; it matters for some uses only

	// InlineRefused: the kernel refuses .BTF.inline, and accepts the module without it.
	InlineRefused
)

func (c Class) String() string {
	return [...]string{"refused", "danger", "not reached", "unchecked", "undecided", "note", "BTF inline refused"}[c]
}
