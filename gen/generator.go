package gen

import (
	"fmt"
	"sync"

	"github.com/gopahole/gopahole/btf/verify"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
)

// Options of a Generator. The zero value does what the build of the module's own
// kernel does for a module outside of its tree.
type Options struct {
	// Release is the kernel to make the BTF for, as uname -r prints it; "" is that
	// of the module.
	Release string

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

	mu     sync.Mutex
	judges map[verify.Linux]*judge
}

// A judge is a kernel version with the base as its vmlinux.
type judge struct {
	base   *verify.Base
	report *verify.Report // of the base
}

// New returns a Generator for modules on top of the BTF of a kernel. The error is
// about a release that is none.
func New(vmlinux *dwarf2btf.Base, opts Options) (*Generator, error) {
	if opts.Release != "" {
		if _, err := parseRelease(opts.Release); err != nil {
			return nil, err
		}
	}
	return &Generator{base: vmlinux, opts: opts, judges: make(map[verify.Linux]*judge)}, nil
}

// A BaseError says that a kernel would not take the base as its own BTF.
type BaseError struct {
	Linux   verify.Linux
	Verdict *verify.Finding
}

func (e *BaseError) Error() string {
	return fmt.Sprintf("the base would be refused by Linux %v: %v (%s)", e.Linux, e.Verdict, e.Verdict.Cause)
}

func (e *BaseError) Unwrap() error { return e.Verdict }

// CheckBase tells whether the kernel of a release would take the base, with a
// *BaseError if not. [Generator.Module] does so for each module.
func (g *Generator) CheckBase(release string) error {
	if _, err := parseRelease(release); err != nil {
		return err
	}
	v, _ := verify.ForRelease(release)
	_, err := g.judge(v)
	return err
}

// judge returns the base as a kernel has it, which refuses it in rare cases: a
// *BaseError then.
func (g *Generator) judge(v verify.Linux) (*verify.Base, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	j := g.judges[v]
	if j == nil {
		j = new(judge)
		j.base, j.report = verify.NewBase(g.base.Types().Bytes(), verify.Options{Linux: v})
		g.judges[v] = j
	}
	if j.base == nil {
		return nil, &BaseError{Linux: v, Verdict: j.report.Verdict}
	}
	return j.base, nil
}
