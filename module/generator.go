package module

import (
	"cmp"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// Options of a Generator. The zero value does what the build of the module's own
// kernel does for a module outside of its tree.
type Options struct {
	// Release is the kernel to make the BTF for, as uname -r prints it; "" is that
	// of the module.
	Release string

	// BaseRelease is the release of the kernel whose BTF the base is, "" if that is
	// not known. It loads the module, so its rules say whether it would; otherwise
	// those of the module's kernel do. With Release it does not count.
	BaseRelease string

	// KeepBase leaves the module's BTF split from the base itself, as for a module
	// that is shipped together with its kernel. Otherwise it gets .BTF.base, if its
	// kernel knows that (Linux 6.11).
	KeepBase bool

	// Features to encode; 0 is what the build of that kernel asks pahole for.
	Features features.Set
}

// A Generator makes the BTF of modules of one kernel. Its methods may be called
// from several goroutines.
type Generator struct {
	base *dwarf2btf.Base
	opts Options

	loader *verify.Loader // the kernel that has the base
}

// New returns a Generator for modules on top of the BTF of a kernel. The error is
// about a release that is none.
func New(vmlinux *dwarf2btf.Base, opts Options) (*Generator, error) {
	for _, release := range []string{opts.Release, opts.BaseRelease} {
		if release == "" {
			continue
		}
		if _, err := kernel.ParseVersion(release); err != nil {
			return nil, err
		}
	}
	return &Generator{base: vmlinux, opts: opts, loader: verify.LoaderOf(vmlinux.Types())}, nil
}

// A BaseError says that a kernel would not take the base as its own BTF.
type BaseError struct {
	Kernel  kernel.Version
	Verdict *verify.Finding
}

func (e *BaseError) Error() string {
	return fmt.Sprintf("the base would be refused by Linux %v: %v (%s)", e.Kernel, e.Verdict, e.Verdict.Cause)
}

func (e *BaseError) Unwrap() error { return e.Verdict }

// CheckBase tells whether the kernel of a release would take the base, with a
// *BaseError if not. [Generator.Module] does so for each module.
func (g *Generator) CheckBase(release string) error {
	loader, err := g.loaderOf(release)
	if err != nil {
		return err
	}
	if report := g.loader.Vmlinux(loader, verify.Options{}); report.Refusal != nil {
		return &BaseError{Kernel: loader, Verdict: report.Refusal}
	}
	return nil
}

// loaderOf is the kernel that loads a module for a release.
func (g *Generator) loaderOf(release string) (kernel.Version, error) {
	return kernel.ParseVersion(cmp.Or(g.opts.Release, g.opts.BaseRelease, release))
}
