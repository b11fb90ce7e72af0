package module

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// Kernels are those that are asked whether they accept a module. It is decided in this
// order which they are: those that are Named; the one that has the base; the one that
// the file is of, or for; Otherwise.
type Kernels struct {
	// Loader has the BTF that modules are split from, or moved onto; nil for BTF that
	// stands alone.
	Loader *verify.Loader

	Named     []kernel.Version
	OfBase    kernel.Version // zero if the base does not say it
	Otherwise kernel.Version

	// Load asks the system call BPF_BTF_LOAD instead of the module loader.
	Load bool
}

// Decided returns the kernels that are asked about every module, nil if that depends on
// the module.
func (k *Kernels) Decided() []kernel.Version {
	switch {
	case len(k.Named) > 0:
		return k.Named
	case k.OfBase != (kernel.Version{}):
		return []kernel.Version{k.OfBase}
	}
	return nil
}

// Of returns the kernels to ask about a module. The zero Version is one that nobody
// knows.
func (k *Kernels) Of(m *Module) []kernel.Version {
	if decided := k.Decided(); decided != nil {
		return decided
	}
	if m.file() != nil {
		if v, err := kernel.ParseVersion(ReleaseOf(m.file())); err == nil {
			return []kernel.Version{v}
		}
	}
	return []kernel.Version{k.Otherwise}
}

// OldestWith returns the oldest kernel that knows the features and of which all rules
// are known: one to ask Otherwise.
func OldestWith(set features.Set) kernel.Version {
	for _, r := range kernel.Rules() {
		if r.Load && (!set.Has(features.Layout) || r.Header == kernel.LongHeader) && (!set.Has(features.Attributes) || r.TagFlags) {
			return r.First
		}
	}
	return kernel.Newest().First
}

// A GuessWarning says that a kernel is newer than all that are known, so that the build
// and the rules that were followed are those of the newest.
type GuessWarning struct{ Kernel kernel.Version }

func (w GuessWarning) String() string { return kernel.Guess(w.Kernel) }

// An Asked is the kernel that an error is about.
type Asked struct {
	Kernel kernel.Version
	Load   bool // its system call BPF_BTF_LOAD
}

func (a Asked) String() string {
	name := "Linux " + a.Kernel.String()
	if a.Kernel == (kernel.Version{}) {
		name = "a kernel that nobody names"
	}
	if a.Load {
		name = "BPF_BTF_LOAD of " + name
	}
	return name
}

// A RefusedError says that a kernel would refuse the BTF.
type RefusedError struct {
	Asked
	Refusal  *verify.Finding
	Presumed bool // the kernel is newer than all whose rules are known
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the BTF would %sbe refused by %v: %v: %s (%s)", presumably(e.Presumed), e.Asked, e.Refusal.Errno, logLine(e.Refusal), e.Refusal.Cause)
}

// presumably is the word for what is only presumed.
func presumably(presumed bool) string {
	if presumed {
		return "presumably "
	}
	return ""
}

func (e *RefusedError) Unwrap() error { return e.Refusal }

// logLine has the kernel's lines in one.
func logLine(f *verify.Finding) string {
	return strings.ReplaceAll(strings.TrimSpace(f.Line), "\n\t", ", ")
}

// An UnknownError says that nobody can tell whether a kernel would accept the BTF.
type UnknownError struct {
	Asked
	Why *verify.Finding
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("whether %v accepts the BTF is not known: %s", e.Asked, e.Why.Cause)
}

// A HazardError says that a kernel would accept the BTF and should not.
type HazardError struct {
	Asked
	Hazard *verify.Finding
}

func (e *HazardError) Error() string {
	return fmt.Sprintf("the BTF is a danger to %v: %s", e.Asked, e.Hazard.Cause)
}

// A BaseError says that a kernel would refuse the base as its own BTF.
type BaseError struct {
	Asked
	Refusal  *verify.Finding
	Presumed bool // as in RefusedError
}

func (e *BaseError) Error() string {
	return fmt.Sprintf("the base would %sbe refused by %v: %v (%s)", presumably(e.Presumed), e.Asked, e.Refusal, e.Refusal.Cause)
}

func (e *BaseError) Unwrap() error { return e.Refusal }

// CheckBase asks the kernels about the base, as far as they are [Kernels.Decided], so
// that not each module has to be encoded to find out that they refuse it. The error is
// a *BaseError.
func (k *Kernels) CheckBase() error {
	if k.Loader == nil {
		return nil
	}
	for _, v := range k.Decided() {
		if rep := k.Loader.Vmlinux(v, verify.Options{}); rep.Refusal != nil {
			return &BaseError{Asked{Kernel: v}, rep.Refusal, rep.Presumed}
		}
	}
	return nil
}

// Verify asks kernels whether they would accept BTF and Base, and whether they should.
// The error is the first *RefusedError, *UnknownError or *HazardError. A kernel that is
// newer than all that are known is a GuessWarning. Which rules are asked, and what follows
// from them, see [verify.Loader.Module].
func Verify(k *Kernels) Step {
	return Step{"verify", func(_ context.Context, m *Module) error {
		for _, v := range k.Of(m) {
			if kernel.Guess(v) != "" {
				m.warn(GuessWarning{v})
			}
			if err := k.ask(m, v); err != nil {
				return err
			}
		}
		return nil
	}}
}

// ask asks one kernel.
func (k *Kernels) ask(m *Module, v kernel.Version) error {
	s := &btf.Sections{BTF: m.BTF.Bytes()}
	if m.Base != nil {
		s.Base = m.Base.Bytes()
	}
	o := verify.Options{Load: k.Load, AssumeModules: true} // More would cost as much again, and nobody sees it
	if f := m.file(); f != nil {
		if o.PointerSize = 4; f.Class64 {
			o.PointerSize = 8
		}
		if k.Loader == nil { // else it is that of the base
			o.Order = f.Order
		}
	}
	rep := k.Loader.Module(v, s, o)
	name := Asked{v, k.Load}
	switch {
	case rep.Refusal != nil:
		return &RefusedError{name, rep.Refusal, rep.Presumed}
	case rep.Undecided() != nil:
		return &UnknownError{name, rep.Undecided()}
	case rep.Hazard() != nil:
		return &HazardError{name, rep.Hazard()}
	}
	return nil
}

// A LanguageWarning says that the newest kernel would not accept the BTF, and that
// units in languages other than C are in it. Most refusals are about names that C does
// not have.
type LanguageWarning struct {
	Err       error                // of Verify
	Languages []dwarf2btf.Language // other than C
}

func (w LanguageWarning) String() string {
	var names []string
	for _, code := range w.Languages {
		names = append(names, code.String())
	}
	return fmt.Sprintf("%v. It has units in %s", w.Err, strings.Join(names, " and "))
}

// CheckLanguages warns of BTF of other languages than C that the newest kernel would
// not accept. loader is as in Kernels. (pahole 1.32 writes such BTF as well, and the
// kernel then runs without any.)
func CheckLanguages(loader *verify.Loader) Step {
	return Step{"check languages", func(_ context.Context, m *Module) error {
		others := slices.DeleteFunc(slices.Clone(m.Languages), dwarf2btf.Language.IsC)
		if len(others) == 0 {
			return nil
		}
		k := &Kernels{Loader: loader}
		if err := k.ask(m, kernel.Newest().Last); err != nil {
			m.warn(LanguageWarning{err, others})
		}
		return nil
	}}
}
