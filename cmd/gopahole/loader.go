package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
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

// A loader is the kernel that loads modules, by its BTF. A nil loader is a kernel that
// nothing is known of. It may be used by several goroutines.
type loader struct {
	blobs [][]byte // the BTF of vmlinux, and what is split from it, each on the one before

	mu    sync.Mutex
	bases map[baseKey]*loadedBase
}

// A baseKey is what the judgement on a base depends on.
type baseKey struct {
	release *kernel.Release
	load    bool
}

// A loadedBase is the base as the kernels of a row have it, or their refusal.
type loadedBase struct {
	base   *verify.Base
	report *verify.Report
}

// newLoader returns the kernel that has these types, which may be split.
func newLoader(types *btf.Types) *loader {
	l := new(loader)
	for ; types != nil; types = types.Base() {
		l.blobs = append(l.blobs, types.Bytes())
	}
	slices.Reverse(l.blobs)
	return l
}

// base returns the base for the rules in o, or the report of its refusal.
func (l *loader) base(o verify.Options) (*verify.Base, *verify.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := baseKey{o.Release, o.Load}
	b := l.bases[key]
	if b == nil {
		b = new(loadedBase)
		for _, raw := range l.blobs {
			o.Base = b.base
			if b.base, b.report = verify.NewBase(raw, o); b.base == nil {
				break
			}
		}
		if l.bases == nil {
			l.bases = make(map[baseKey]*loadedBase)
		}
		l.bases[key] = b
	}
	return b.base, b.report
}

// judge says what a kernel of a version with the loader's BTF makes of a module, or
// without a loader of what the file has as its own.
func (l *loader) judge(version kernel.Version, m *btf.Sections, o verify.Options) *verify.Report {
	return verify.Judge(version, func(r *kernel.Release) *verify.Report {
		o := o
		o.Release = r
		if l == nil {
			return verify.Module(m, nil, o)
		}
		base, refused := l.base(o)
		if base == nil {
			return verify.NoBase(refused)
		}
		return verify.Module(m, base, o)
	})
}

// checkBase returns the report on the BTF of the loader itself if a kernel of a version
// refuses it, and nil otherwise.
func (l *loader) checkBase(version kernel.Version, o verify.Options) *verify.Report {
	rep := verify.Judge(version, func(r *kernel.Release) *verify.Report {
		o := o
		o.Release = r
		_, rep := l.base(o)
		return rep
	})
	if rep.Verdict == nil {
		return nil
	}
	return rep
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
	case coverage == kernel.InBetween:
		return fmt.Sprintf("%s (rules of %v and of %v)", kernelName(v), rows[0], rows[1])
	case coverage == kernel.Known && rows[0].String() != v.String():
		return fmt.Sprintf("%s (rules of %v)", kernelName(v), rows[0])
	}
	return kernelName(v)
}
