package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify"
)

// kernels are those of a list such as "6.12,7.2,load".
type kernels struct {
	versions []kernel.Version
	load     bool // as BPF_BTF_LOAD
}

func (k *kernels) set(option, list string) error {
	for name := range strings.SplitSeq(list, ",") {
		if name == "load" {
			k.load = true
			continue
		}
		version, err := namedKernel(name)
		if err != nil {
			return usagef("--%s: %v", option, err)
		}
		if !slices.Contains(k.versions, version) {
			k.versions = append(k.versions, version)
		}
	}
	return nil
}

// namedKernel reads a release that a user names. Of one that is older than all rules
// nothing could be said.
func namedKernel(name string) (kernel.Version, error) {
	version, err := kernel.ParseVersion(name)
	if err != nil {
		return version, err
	}
	if coverage, _ := kernel.For(version); coverage == kernel.Older {
		return version, fmt.Errorf("%s", kernel.Why(version))
	}
	return version, nil
}

// kernelFlag defines the option that names the one kernel to ask.
func kernelFlag(fs *pflag.FlagSet, version *kernel.Version, usage string) {
	fs.Func("kernel", usage, func(name string) (err error) {
		if *version, err = namedKernel(name); err != nil {
			return usagef("--kernel: %v", err)
		}
		return nil
	})
}

// kernelName is how texts name a kernel, and ruleName the rules that it was judged by.
func kernelName(v kernel.Version) string {
	if v == (kernel.Version{}) {
		return "a kernel that --kernel would name"
	}
	return "Linux " + v.String()
}

func ruleNames(v kernel.Version) []string {
	_, rows := kernel.For(v)
	names := []string{}
	for _, r := range rows {
		names = append(names, r.String())
	}
	return names
}

// withRules is kernelName with the rules, where they are known and do not have the
// kernel's own name.
func withRules(v kernel.Version) string {
	coverage, rows := kernel.For(v)
	switch {
	case coverage == kernel.InBetween, coverage == kernel.Posted:
		return fmt.Sprintf("%s (rules of %v and of %v)", kernelName(v), rows[0], rows[1])
	case coverage == kernel.Newer:
		return fmt.Sprintf("%s (rules of %s, the newest)", kernelName(v), kernel.RowNames(rows))
	case coverage == kernel.Known && rows[0].String() != v.String():
		return fmt.Sprintf("%s (rules of %v)", kernelName(v), rows[0])
	}
	return kernelName(v)
}

// resultKernels returns the kernels that have to accept what is encoded before it is
// written, nil if none is asked for: those of --verify, or else that of the base or of
// the file; where neither says which it is, the oldest one that knows the features.
func (o *options) resultKernels(chain baseChain, loader *verify.Loader, set features.Set) *module.Kernels {
	if !o.verify {
		return nil
	}
	k := &module.Kernels{Loader: loader, Named: o.verifyKernels.versions, Load: o.verifyKernels.load, Otherwise: module.OldestWith(set)}
	if len(k.Named) == 0 {
		k.OfBase, _ = kernel.ParseVersion(chain.release())
	}
	return k
}

// checkSteps are the steps before a result is written: what kernels say of it, nil for
// none, and whether other languages than C are in the way.
func checkSteps(kernels *module.Kernels, loader *verify.Loader) []module.Step {
	var steps []module.Step
	if kernels != nil {
		steps = append(steps, module.Verify(kernels))
	}
	return append(steps, module.CheckLanguages(loader))
}
