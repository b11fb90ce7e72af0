package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/verify"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/elfio"
)

// kernels are those of a list such as "6.12,7.2,load".
type kernels struct {
	versions []verify.Linux
	load     bool // as BPF_BTF_LOAD
}

func (k *kernels) set(option, list string) error {
	for name := range strings.SplitSeq(list, ",") {
		if name == "load" {
			k.load = true
			continue
		}
		version, err := verify.ParseLinux(name)
		if err != nil {
			return usagef("--%s: %v, and load", option, err)
		}
		if !slices.Contains(k.versions, version) {
			k.versions = append(k.versions, version)
		}
	}
	return nil
}

// A resultCheck judges what was encoded before it is written. It may be used for
// several results at the same time.
type resultCheck struct {
	kernels kernels
	base    *btf.Types // nil without one

	mu    sync.Mutex
	bases map[verify.Linux]*verify.Base
}

// resultCheck returns the check that the options ask for, nil if none. Without
// a version it is for the oldest kernel that knows the features.
func (o *options) resultCheck(conv *dwarf2btf.Options) *resultCheck {
	if !o.verify {
		return nil
	}
	k := o.verifyKernels
	if len(k.versions) == 0 {
		oldest := verify.Linux612
		switch {
		case conv.Features.Has(features.Layout):
			oldest = verify.Linux72
		case conv.Features.Has(features.Attributes):
			oldest = verify.Linux618
		}
		k.versions = []verify.Linux{oldest}
	}
	return newResultCheck(k, conv)
}

// newResultCheck returns a check by some kernels for what is encoded on a base.
func newResultCheck(k kernels, conv *dwarf2btf.Options) *resultCheck {
	r := &resultCheck{kernels: k, bases: map[verify.Linux]*verify.Base{}}
	if conv.Base != nil {
		r.base = conv.Base.Types()
	}
	return r
}

// check returns an error with the first kernel's verdict on the result, or with
// what no kernel should get. A nil check finds nothing.
func (r *resultCheck) check(file *elfio.File, result *dwarf2btf.Result) error {
	if r == nil {
		return nil
	}
	sections := &btf.Sections{BTF: result.BTF.Bytes()}
	if result.DistilledBase != nil {
		sections.Base = result.DistilledBase.Bytes()
	}
	for _, version := range r.kernels.versions {
		o := verify.Options{Linux: version, Load: r.kernels.load, Order: file.Order, PointerSize: 4, More: 1}
		if file.Class64 {
			o.PointerSize = 8
		}
		base, err := r.baseFor(o)
		if err != nil {
			return err
		}
		kernel := fmt.Sprintf("Linux %v", version)
		if o.Load {
			kernel = "BPF_BTF_LOAD of " + kernel
		}
		rep := verify.Module(sections, base, o)
		if f := rep.Verdict; f != nil {
			return fmt.Errorf("the BTF would be refused by %s: %w: %s (%s)", kernel, f.Errno, logLine(f), f.Cause)
		}
		if f := rep.Danger(); f != nil {
			return fmt.Errorf("the BTF is a danger to %s: %s", kernel, f.Cause)
		}
	}
	return nil
}

// checkBase returns an error with the first kernel's verdict on the base. A nil
// check finds nothing.
func (r *resultCheck) checkBase() error {
	if r == nil {
		return nil
	}
	for _, version := range r.kernels.versions {
		if _, err := r.baseFor(verify.Options{Linux: version, More: 1}); err != nil {
			return err
		}
	}
	return nil
}

// baseFor returns the base as a version takes it.
func (r *resultCheck) baseFor(o verify.Options) (*verify.Base, error) {
	if r.base == nil {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if base := r.bases[o.Linux]; base != nil {
		return base, nil
	}
	base, err := judgedBase(r.base, o)
	if err == nil {
		r.bases[o.Linux] = base
	}
	return base, err
}

// judgedBase takes types, which may be split, for a base.
func judgedBase(types *btf.Types, o verify.Options) (*verify.Base, error) {
	o.Base = nil
	if lower := types.Base(); lower != nil {
		var err error
		if o.Base, err = judgedBase(lower, o); err != nil {
			return nil, err
		}
	}
	base, rep := verify.NewBase(types.Bytes(), o)
	if base == nil {
		return nil, fmt.Errorf("the base would be refused by Linux %v: %w (%s)", o.Linux, rep.Verdict, rep.Verdict.Cause)
	}
	return base, nil
}
