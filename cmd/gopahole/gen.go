package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
)

// genVerb does the BTF step of a kernel's build for finished modules.
var genVerb = verb{
	name:      "gen",
	arguments: "--base BASE [OPTION...] MODULE|DIR...",
	summary:   "Give modules all BTF that their kernel's build would give them, in one step",
	example: `gen --base=/sys/kernel/btf/vmlinux module.ko
		gen --base=/usr/lib/debug/boot/vmlinux-6.12.0 --json build/`,
	details: `
For modules that are built outside of the kernel's tree, also where the build said
"Skipping BTF generation due to unavailability of vmlinux". Types are encoded on top
of those of the kernel. .BTF.base keeps what the module needs of them, so that it
fits other builds of the kernel as well. .BTF_ids is filled in. From Linux 7.0 on,
implicit arguments are hidden and types sorted, as the kernel's own tools do. The
module's vermagic says which kernel's build counts.

Then the rules of the kernel that loads the module say whether it accepts the
result. The module is changed only if it does, in one write. That kernel is the one
of BASE. Raw data do not say which it is, unless they have a name as in archives,
6.12.1-amd64.btf, or it is the running one in /sys/kernel/btf/vmlinux: then it is the one that the module is for. Nothing is
written for a kernel whose rules are not known. For one that is newer than all known
rules, the newest are asked, and a warning says so. Sign modules afterwards.

Given again, --base names BTF that is split from the one before, as that of another
module. A kernel has its own alone, so the module then needs its .BTF.base.

With --only_missing a module that has BTF which its kernel accepts is skipped.

A DIR stands for all modules below it. A module that cannot be done does not keep
others from it. With --json a line for each goes to standard output: file,
status (encoded, skipped or failed), error, warnings, seconds, bytes, types,
base_bytes and base_types.

Exit status: 0 if all were done, or skipped as they have no DWARF, or BTF; 1 if some were
not; 2 for wrong arguments; 3 for a base that cannot be read; 128 and its number
after a signal, and then each module is either done or as it was.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		g := &genBatch{batch: batch{command: c, o: &options{encode: true, jobs: runtime.NumCPU()}, inPlace: true}}
		g.steps, g.featuresOf = g.genSteps, g.genFeatures
		g.addFlags(fs)
		return g.run
	},
}

// A genBatch is one run of the verb gen.
type genBatch struct {
	batch
	release string              // of --release
	named   kernel.Version      // the same
	build   module.BuildOptions // of the kernel
	missing bool                // modules whose BTF the kernel accepts stay as they are
	ofBase  string              // the release that the base says; "" for raw BTF
}

func (g *genBatch) addFlags(fs *pflag.FlagSet) {
	baseFlag(fs, "the BTF of the kernel: `FILE` is its vmlinux, or raw data such as /sys/kernel/btf/vmlinux", g.o.addBase)
	fs.Func("release", "make the BTF for the kernel `RELEASE`, such as 6.12, whatever the module and BASE say", func(release string) error {
		var err error
		g.release = release
		if g.named, err = namedKernel(release); err != nil {
			return usagef("--release: %v", err)
		}
		return nil
	})
	on(fs, "keep_base", "", "no .BTF.base: the module is for this build of the kernel alone", func() { g.build.KeepBase = true })
	on(fs, "only_missing", "", "leave modules as they are that have BTF which the kernel accepts", func() { g.missing = true })
	dropSignatureFlag(fs, &g.o.dropSignature)
	jobsFlag(fs, &g.o.jobs, "work on")
	compatFlag(fs, &g.o.compat)
	debugDirFlag(fs, &g.o.debugDirs)
	g.jsonFlag(fs, "print a line of JSON for each module")
	quietFlag(fs, &g.o.quiet)
	g.verboseFlag(fs, "say what became of each module")
	reportFlag(fs, &g.reportFile)
	fatalFlag(fs, &g.o.fatal, "a module with a warning is an error, and stays as it was")
	bestEffortFlag(fs, g.o)
	fs.AddFlagSet(unitFlags(g.o))
	fs.AddFlagSet(verbFeatureFlags(g.o))
}

// run works on the modules that the operands name.
func (g *genBatch) run(operands []string) error {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes modules or directories"}
	case g.json && g.reportFile == stdoutFile:
		return errTwoReports
	case len(g.o.bases) == 0:
		return &verbUsageError{"--base is missing: which kernel the module is for has to be said"}
	}
	g.quiet = g.o.quiet
	var err error
	if len(g.o.features) > 0 {
		if g.build.Features, err = g.o.verbFeatures(); err != nil {
			return err
		}
	}
	g.guard = g.newGuard()
	if err := g.guard.reads(roleBase, g.o.bases...); err != nil {
		return err
	}
	bases, base, err := g.o.loadBase(btf.Load, refuseDistilled)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	include, exclude, err := g.languages(g.o)
	if err != nil {
		return &verbUsageError{err.Error()}
	}
	g.conv = g.o.convertOptions(g.build.Features, base, dwarf2btf.Languages{Include: include, Exclude: exclude})
	g.ofBase, g.loader = bases.release(), bases.loader()
	g.kernels = &module.Kernels{Loader: g.loader}
	g.kernels.OfBase, _ = kernel.ParseVersion(g.ofBase)
	if g.release != "" {
		g.kernels.Named = []kernel.Version{g.named}
	}
	modules, err := findModules(operands)
	if err != nil {
		return err
	}
	if err := g.checkBase(modules); err != nil {
		return err
	}
	return g.process(modules)
}

// genSteps are those of the build of the kernel that a module is for.
func (g *genBatch) genSteps(m *module.Module, conv dwarf2btf.Options) ([]module.Step, error) {
	release := g.release
	if release == "" {
		var err error
		if release, err = module.Release(m.Files[0]); err != nil {
			return nil, err
		}
		if g.ofBase != "" && release != g.ofBase {
			m.Warnings = append(m.Warnings, otherKernelWarning{release, g.ofBase})
		}
	}
	steps, err := module.Build(release, conv, g.build)
	if err == nil && g.missing {
		steps = append([]module.Step{skipAccepted(g.kernels, typesOf(conv.Base))}, steps...)
	}
	return steps, err
}

// errHasBTF says why a module stays as it is.
var errHasBTF = errors.New("has BTF that its kernel accepts, and stays as it is")

// skipAccepted ends with errHasBTF for a module whose BTF the kernel accepts.
func skipAccepted(kernels *module.Kernels, base *btf.Types) module.Step {
	return module.Step{Name: "look for BTF", Do: func(ctx context.Context, m *module.Module) error {
		s, err := btf.ReadSections(m.Files[0], m.Files[0].Size)
		if err != nil || s.BTF == nil {
			return nil // none, or damaged
		}
		has, on := module.New(m.Files[0]), base
		if s.Base != nil {
			if has.Base, err = btf.Parse(s.Base, nil); err != nil {
				return nil
			}
			on = has.Base
		}
		if has.BTF, err = btf.Parse(s.BTF, on); err != nil || module.Run(ctx, has, module.Verify(kernels)) != nil {
			return ctx.Err()
		}
		return errHasBTF
	}}
}

// genFeatures returns the features that a module is encoded with, but for the distilled base, which
// a later step makes.
func (g *genBatch) genFeatures(f *elffile.File) features.Set {
	set := g.build.Features
	if set == 0 {
		release := g.release
		if release == "" {
			release, _ = module.Release(f)
		}
		set, _ = module.Features(release) // without a release there is no result
	}
	return set.Without(features.DistilledBase)
}

// An otherKernelWarning says that a module is for another kernel than that of its base.
type otherKernelWarning struct{ module, base string }

func (w otherKernelWarning) String() string {
	return fmt.Sprintf("is for Linux %s, and the base is of Linux %s", w.module, w.base)
}
