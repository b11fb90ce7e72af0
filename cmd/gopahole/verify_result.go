package main

import (
	"fmt"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// A resultCheck judges what was encoded before it is written. It may be used for
// several results at the same time.
type resultCheck struct {
	kernels kernels
	// oldest is asked where nothing says which kernel it is about.
	oldest kernel.Version
	loader *verify.Loader // nil without a base
	base   string         // its name

	warn   func(format string, args ...any)
	warned sync.Map // by kernel.Version
}

// resultCheck returns the check that the options ask for, nil if none. Without
// a version it is for the kernel that the base is of, or else the one that the file
// is of; where neither says, for the oldest that knows the features and of which
// all rules are known.
func (c *command) resultCheck(o *options, conv *dwarf2btf.Options) *resultCheck {
	if !o.verify {
		return nil
	}
	k := o.verifyKernels
	r := newResultCheck(k, conv)
	r.warn = c.warn
	if len(o.bases) > 0 {
		r.base = o.bases[len(o.bases)-1]
	}
	if len(k.versions) > 0 {
		return r
	}
	for _, name := range o.bases {
		if version, err := kernel.ParseVersion(releaseOf(name)); err == nil {
			r.kernels.versions = []kernel.Version{version}
			return r
		}
	}
	r.oldest = oldestWith(conv.Features)
	return r
}

// oldestWith returns the oldest kernel of which all rules are known that knows the
// features.
func oldestWith(set features.Set) kernel.Version {
	for _, r := range kernel.Rules() {
		if r.Load && (!set.Has(features.Layout) || r.Header == kernel.LongHeader) && (!set.Has(features.Attributes) || r.TagFlags) {
			return r.First
		}
	}
	return kernel.Newest().First
}

// newResultCheck returns a check by some kernels for what is encoded on a base.
func newResultCheck(k kernels, conv *dwarf2btf.Options) *resultCheck {
	r := &resultCheck{kernels: k, warn: func(string, ...any) {}}
	if conv.Base != nil {
		r.loader = verify.LoaderOf(conv.Base.Types())
	}
	return r
}

// versions returns the kernels to ask about a file.
func (r *resultCheck) versions(file *elffile.File) []kernel.Version {
	if len(r.kernels.versions) > 0 {
		return r.kernels.versions
	}
	if file != nil && r.loader == nil {
		if version, err := kernel.ParseVersion(kernelRelease(file)); err == nil {
			return []kernel.Version{version}
		}
	}
	return []kernel.Version{r.oldest}
}

// asked returns the version whose rules are asked for a kernel: of one that is newer
// than all those of the newest, which a warning says.
func (r *resultCheck) asked(version kernel.Version) kernel.Version {
	coverage, rows := kernel.For(version)
	if coverage != kernel.Newer {
		return version
	}
	if _, said := r.warned.LoadOrStore(version, true); !said {
		r.warn("%s; these are asked", kernel.Why(version))
	}
	return rows[0].Last
}

// check returns an error with the first kernel's verdict on the result, or with
// what no kernel should get. A nil check finds nothing.
func (r *resultCheck) check(file *elffile.File, result *dwarf2btf.Result) error {
	if r == nil {
		return nil
	}
	sections := &btf.Sections{BTF: result.BTF.Bytes()}
	if result.DistilledBase != nil {
		sections.Base = result.DistilledBase.Bytes()
	}
	for _, version := range r.versions(file) {
		o := verify.Options{Load: r.kernels.load, Order: file.Order, PointerSize: 4, AssumeModules: true, More: 1}
		if file.Class64 {
			o.PointerSize = 8
		}
		if r.loader != nil {
			o.Order = nil // that of the base
		}
		name := kernelName(version)
		if o.Load {
			name = "BPF_BTF_LOAD of " + name
		}
		rep := r.loader.Module(r.asked(version), sections, o)
		switch {
		case rep.Refusal != nil:
			f := rep.Refusal
			return fmt.Errorf("the BTF would be refused by %s: %w: %s (%s)", name, f.Errno, logLine(f), f.Cause)
		case rep.Undecided() != nil:
			return fmt.Errorf("whether %s takes the BTF is not known: %s", name, rep.Undecided().Cause)
		case rep.Hazard() != nil:
			return fmt.Errorf("the BTF is a danger to %s: %s", name, rep.Hazard().Cause)
		}
	}
	return nil
}

// checkBase returns an error with the first kernel's verdict on the base. A nil
// check finds nothing.
func (r *resultCheck) checkBase() error {
	if r == nil || r.loader == nil {
		return nil
	}
	for _, version := range r.versions(nil) {
		if rep := r.loader.Vmlinux(r.asked(version), verify.Options{More: 1}); rep.Refusal != nil {
			return fmt.Errorf("--base %s: the base would be refused by %s: %w (%s)", r.base, kernelName(version), rep.Refusal, rep.Refusal.Cause)
		}
	}
	return nil
}
