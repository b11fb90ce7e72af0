package module

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/libbpf"
)

// BuildOptions of [Build]. The zero value does what the build of a kernel does for a
// module outside of its tree.
type BuildOptions struct {
	// KeepBase leaves the module's BTF split from the base itself, as for a module
	// that is shipped together with its kernel. Otherwise it gets .BTF.base, if its
	// kernel knows that (Linux 6.11).
	KeepBase bool
	// Features to encode; 0 is what the build of that kernel asks pahole for.
	Features features.Set
}

// Build returns the steps that the build of a kernel takes to make the BTF of a module,
// up to FillIDs, by the release of the kernel as uname -r prints it. Of the options of
// the encoder, Features do not count, and Rust units are left out, as builds of the
// kernel do. The error is about a release that is none.
func Build(release string, enc dwarf2btf.Options, opts BuildOptions) ([]Step, error) {
	v, err := kernel.ParseVersion(release)
	if err != nil {
		return nil, err
	}
	build := kernel.BuildOf(v)
	distills := build.Distills && !opts.KeepBase && enc.Base != nil // else there is nothing to distil

	enc.Features = opts.Features
	if enc.Features == 0 {
		enc.Features = buildFeatures(build)
	}
	enc.Features &^= features.DistilledBase // done here, where the kernel's build does it

	var base *btf.Types
	if enc.Base != nil {
		base = enc.Base.Types()
	}
	guess := enc // where a wrong one is noticed afterwards
	guess.Stats, guess.Trace = nil, nil
	enc.RefuseFinished = true
	unfill := unfillLost(UnfillIDs(base), makeTypes(build, guess, distills), makeTypes(build, guess, !distills && enc.Base != nil))
	steps := []Step{ReadIDsToEncode(DebugFiles{enc.DebugDirs, enc.Opened}), unfill}
	return append(append(steps, makeTypes(build, enc, distills)...), FillIDs()), nil
}

// makeTypes returns the steps that make the types of a module.
func makeTypes(build kernel.Build, enc dwarf2btf.Options, distills bool) []Step {
	steps := []Step{encodeWithoutRust(enc)}
	switch {
	case build.Implicit:
		return append(steps, Prepare(PrepareOptions{Sets: build.Sets, Distill: distills, Compat: enc.Compat})...)
	case distills:
		return append(steps, CheckKfuncs(), Distill(DistillOptions{Compat: enc.Compat}))
	}
	return append(steps, CheckKfuncs())
}

// PrepareOptions of [Prepare].
type PrepareOptions struct {
	// Sets: kernel functions are those of the sets of .BTF_ids, as from Linux 7.3 on, and
	// not those that the encoder has tagged.
	Sets bool
	// Distill: the module is built outside of the kernel's tree, and gets a distilled base.
	Distill bool
	// Compat is the libbpf that the program is built with.
	Compat libbpf.Version
}

// Prepare returns the steps that resolve_btfids has taken before FillIDs since Linux 7.0.
func Prepare(opts PrepareOptions) []Step {
	steps := []Step{CheckKfuncs(), HideImplicit()}
	if opts.Sets {
		steps = []Step{TagKfuncs(opts.Compat)}
	}
	if opts.Distill {
		steps = append(steps, Distill(DistillOptions{LongHeader: true, Compat: opts.Compat}))
	}
	return append(steps, SortByName())
}
