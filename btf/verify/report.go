package verify

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/relocate"
)

// A Report is what a kernel makes of a blob, or of a module.
type Report struct {
	Linux Linux
	// Verdict is what the kernel stops at; nil if it takes the BTF.
	Verdict *Finding
	// More is what else there is to say, in the order of the blob: dangers, notes,
	// and on request what the kernel did not come to.
	More []Finding

	// Types is the number of own types, as far as they were read, and Base what
	// they were taken to be split from.
	Types int
	Base  *Base
	// Relocation is what became of a module with .BTF.base, if it came to that.
	Relocation *relocate.Report
}

// Accepted reports whether the kernel takes the BTF.
func (r *Report) Accepted() bool { return r.Verdict == nil }

// Has reports whether there is a finding of a class.
func (r *Report) Has(c Class) bool {
	return c == Refused && r.Verdict != nil || slices.ContainsFunc(r.More, func(f Finding) bool { return f.Class == c })
}

// Valid reports whether the kernel takes the BTF and nothing in it can hurt
// it.
func (r *Report) Valid() bool { return !r.Has(Refused) && !r.Has(Danger) }

// Danger returns the first danger, nil if there is none.
func (r *Report) Danger() *Finding {
	if i := slices.IndexFunc(r.More, func(f Finding) bool { return f.Class == Danger }); i >= 0 {
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
	Undecided               // BPF_BTF_LOAD looks further than this package
	Note                    // worth knowing, wrong for some uses only
)

func (c Class) String() string {
	return [...]string{"refused", "danger", "not reached", "unchecked", "undecided", "note"}[c]
}

// A Finding is one thing that is wrong. Its text form is the kernel's line.
type Finding struct {
	Class   Class
	Section string // ".BTF.base" where it is about the distilled base, or ""

	// The type it is about, as the kernel counts; 0, void and "" for findings
	// about the blob.
	ID   btf.ID
	Kind btf.Kind
	Name string
	// Element is the name of the member or enumerator it is about, if it has one.
	Element string

	// Errno is what the kernel returns, 0 if it does not look.
	Errno Errno
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

// An Errno is an error number of Linux.
type Errno int

// The numbers a verdict can have.
const (
	ENOENT   Errno = 2
	E2BIG    Errno = 7
	EFAULT   Errno = 14
	EEXIST   Errno = 17
	EINVAL   Errno = 22
	ELOOP    Errno = 40
	ENOTSUPP Errno = 524
)

var errnoNames = map[Errno]string{
	ENOENT: "ENOENT", E2BIG: "E2BIG", EFAULT: "EFAULT", EEXIST: "EEXIST", EINVAL: "EINVAL", ELOOP: "ELOOP",
	ENOTSUPP: "ENOTSUPP",
}

func (e Errno) Error() string {
	if name, ok := errnoNames[e]; ok {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}
