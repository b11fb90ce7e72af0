package verify

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
)

// A Report says what a kernel does with BTF, or with the BTF of a module.
type Report struct {
	// Rows are the releases by whose rules the BTF was judged: one row where the rules
	// of the kernel are known, several where [Loader] had to ask its neighbours.
	Rows []*kernel.Release
	// Presumed says that the kernel is newer than all whose rules are known, and that the
	// newest of these were asked in its place.
	Presumed bool
	// Refusal is the first check that fails, at which the kernel stops; nil if the
	// kernel accepts the BTF, or if that is not known.
	Refusal *Finding
	// More is what else there is to say, in the order of the blob: hazards, notes, and
	// up to Options.More findings that the kernel does not come to.
	More []Finding

	// Types is the number of the BTF's own types, void not counted, as far as they
	// could be read.
	Types int
	// Base is what those types were taken to be split from, nil for none.
	Base *Base
	// BaseIgnored says that the module has a .BTF.base and the kernel does not know
	// that section.
	BaseIgnored bool
	// Relocation says how a module with .BTF.base was relocated, nil if it did not
	// come to that.
	Relocation *relocate.Result
}

// Verdict says in a word what the kernel does with the BTF.
func (r *Report) Verdict() Verdict {
	switch {
	case r.Refusal != nil && r.Presumed:
		return PresumablyRefused
	case r.Refusal != nil:
		return Refused
	case r.Has(Undecided):
		return Unknown
	case r.Presumed:
		return PresumablyAccepted
	}
	return Accepted
}

// A Verdict is what a kernel does with BTF.
type Verdict uint8

// The verdicts.
const (
	Accepted Verdict = iota
	Refused          // the report has a Refusal
	Unknown          // no rule tells; an Undecided finding says why

	// The same by the newest rules, for a kernel that is newer than these.
	PresumablyAccepted
	PresumablyRefused
)

func (v Verdict) String() string {
	return [...]string{"accepted", "refused", "unknown", "presumably accepted", "presumably refused"}[v]
}

// Accepted reports whether it is known that the kernel accepts the BTF. There may be a
// Hazard all the same: see [Report.Valid].
func (r *Report) Accepted() bool { return r.Verdict() == Accepted }

// Valid reports whether the kernel accepts the BTF, if only presumably, and the BTF inline
// of a module with it, and nothing in it can hurt the kernel.
func (r *Report) Valid() bool {
	return (r.Accepted() || r.Verdict() == PresumablyAccepted) && !r.Has(Hazard) && !r.Has(InlineRefused)
}

// Has reports whether there is a finding of a class.
func (r *Report) Has(c Class) bool { return r.first(c) != nil }

// UnknownKind returns the kind of types for which BTF is refused, if that is one which no
// row knows: newer kernels may.
func (r *Report) UnknownKind() (btf.Kind, bool) {
	var kind btf.Kind
	if r.Refusal == nil {
		return 0, false
	}
	if n, err := fmt.Sscanf(r.Refusal.Message, invalidKind+"%d", &kind); n != 1 || err != nil || kind == btf.KindVoid {
		return 0, false
	}
	return kind, !kind.Known()
}

// Hazard returns the first hazard, nil if there is none.
func (r *Report) Hazard() *Finding { return r.first(Hazard) }

// Undecided returns the first reason why the verdict is not known, nil if it is.
func (r *Report) Undecided() *Finding {
	if r.Refusal != nil {
		return nil
	}
	return r.first(Undecided)
}

func (r *Report) first(c Class) *Finding {
	if c == Refusal {
		return r.Refusal
	}
	if i := slices.IndexFunc(r.More, func(f Finding) bool { return f.Class == c }); i >= 0 {
		return &r.More[i]
	}
	return nil
}
