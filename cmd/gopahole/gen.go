package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
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
For modules that are built outside of the kernel's tree, also where its build said
"Skipping BTF generation due to unavailability of vmlinux". The types are encoded
on top of those of the kernel, of which .BTF.base keeps what the module needs, so
that it fits other builds of the kernel as well; .BTF_ids is filled in; and from
Linux ` + sinceImplicit + ` on implicit arguments are hidden and types sorted, as there the kernel's
tools do. The kernel whose build counts is that of the module's vermagic. Then the
rules of the one that loads the module, which is that of BASE, are asked whether it
would load the result onto BASE, and whether it should, and only then is the module
changed, in one write. (Raw data do not say which kernel BASE is, unless it is the
running one in /sys/kernel/btf/vmlinux: the module's is asked then.) Nothing is
written for a kernel whose rules are not known; of one that is newer than all that
are known, the newest rules are asked, and a warning says so. Sign modules
afterwards.

A DIR stands for all modules below it. A module that cannot be done does not keep
others from it. With --json a line for each goes to standard output: module,
status (encoded, skipped or failed), error, warnings, seconds, bytes, types,
base_bytes and base_types.

Exit status: 0 if all were done, or skipped as they have no DWARF; 1 if some were
not; 2 for wrong arguments; 3 for a base that cannot be read; 128 and its number
after a signal, and then each module is either done or as it was.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		g := &genBatch{batch: batch{command: c, o: &options{encode: true, jobs: runtime.NumCPU()}, inPlace: true}}
		g.one = g.genOne
		g.addFlags(fs)
		return g.run
	},
}

// A genBatch is one run of the verb gen.
type genBatch struct {
	batch
	opts  module.Options
	embed module.EmbedOptions

	generator *module.Generator
	release   string // of the kernel that the base says it is; "" for raw BTF
}

func (g *genBatch) addFlags(fs *pflag.FlagSet) {
	fs.Func("base", "the BTF of the kernel: `FILE` is its vmlinux, or raw data such as /sys/kernel/btf/vmlinux", g.o.addBase)
	fs.StringVar(&g.opts.Release, "release", "", "make the BTF for the kernel `RELEASE`, such as 6.12, whatever the module and BASE say")
	on(fs, "keep_base", "", "no .BTF.base: the module is for this build of the kernel alone", func() { g.opts.KeepBase = true })
	dropSignatureFlag(fs, &g.embed.DropSignature)
	fs.VarP(&jobsValue{n: &g.o.jobs}, "jobs", "j", "work on `N` modules at a time; as many as there are processors by default")
	debugDirFlag(fs, g.o)
	on(fs, "json", "", "print a line of JSON for each module", func() { g.json = true })
	on(fs, "quiet", "q", "print no warnings", func() { g.o.quiet = true })
	bestEffortFlag(fs, g.o)
	fs.AddFlagSet(unitFlags(g.o))
	fs.AddFlagSet(verbFeatureFlags(g.o))
}

// run works on the modules that the operands name.
func (g *genBatch) run(operands []string) error {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes modules or directories"}
	case len(g.o.bases) == 0:
		return &verbUsageError{"--base is missing: which kernel the module is for has to be said"}
	}
	g.quiet = g.o.quiet
	g.conv.DebugDirs = g.o.debugDirs
	var err error
	if len(g.o.features) > 0 {
		if g.opts.Features, err = g.o.verbFeatures(); err != nil {
			return err
		}
	}
	g.guard = g.newGuard()
	if err := g.guard.reads(roleBase, g.o.bases...); err != nil {
		return err
	}
	base, err := g.o.loadBase(refuseDistilled)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	include, exclude, err := g.languages(g.o)
	if err != nil {
		return &verbUsageError{err.Error()}
	}
	g.conv = g.o.convertOptions(g.opts.Features, base, dwarf2btf.Languages{Include: include, Exclude: exclude})
	g.release = releaseOf(g.o.bases[len(g.o.bases)-1])
	if _, err := kernel.ParseVersion(g.release); err == nil {
		g.opts.BaseRelease = g.release
	}
	if g.generator, err = module.New(base, g.opts); err != nil {
		return &verbUsageError{err.Error()}
	}
	modules, err := findModules(operands)
	if err != nil {
		return err
	}
	if err := g.checkBase(modules); err != nil {
		return fmt.Errorf("--base %w", fileError(g.o.bases[len(g.o.bases)-1], err))
	}
	return g.process(modules)
}

// checkBase asks the kernel of the first module that names one what it says of the
// base, so that this is not said of each module.
func (g *genBatch) checkBase(modules []*batchModule) error {
	release := cmp.Or(g.opts.Release, g.opts.BaseRelease)
	for i := 0; release == "" && i < len(modules); i++ {
		release = releaseOf(modules[i].path)
	}
	var refused *module.BaseError
	if err := g.generator.CheckBase(release); errors.As(err, &refused) {
		return err
	}
	return nil // what else is wrong is so with a module
}

// genOne does what the verb gen does with a module.
func (g *genBatch) genOne(ctx context.Context, file *elffile.File, m *batchModule, conv dwarf2btf.Options) error {
	result, err := g.generator.Module(ctx, file, conv)
	if err != nil {
		return err
	}
	if g.release != "" && g.opts.Release == "" && result.Release != g.release {
		m.report.Warnings = append(m.report.Warnings, fmt.Sprintf("%s: is for Linux %s, and the base is of Linux %s", m.path, result.Release, g.release))
	}
	if result.Guess != "" {
		m.report.Warnings = append(m.report.Warnings, fmt.Sprintf("%s: %s; these were asked", m.path, result.Guess))
	}
	for _, w := range result.SetWarnings {
		m.report.Warnings = append(m.report.Warnings, fmt.Sprintf("%s: %s", m.path, setWarning(w)))
	}
	for _, w := range result.Warnings {
		m.report.Warnings = append(m.report.Warnings, fmt.Sprintf("%s: %s", m.path, idWarning(w)))
	}
	m.describe(&dwarf2btf.Result{BTF: result.BTF, DistilledBase: result.DistilledBase})
	m.warnOfRemovedBase(file, result.DistilledBase)
	embed := g.embed
	embed.Check = g.guard.lastInPlace(m.path)
	if err := result.Embed(m.path, embed); err != nil {
		return changeError(m.path, err)
	}
	return nil
}

// setWarning says what is wrong with an entry in a set of kernel functions.
func setWarning(w btfids.SetWarning) string {
	if w.Name == "" {
		return fmt.Sprintf(".BTF_ids: no symbol for entry %d of set8 '%s', which gets no tag", w.Entry, w.Set)
	}
	return fmt.Sprintf(".BTF_ids: no function '%s', which set8 '%s' lists; it gets no tag", w.Name, w.Set)
}

// idWarning says what is wrong with a name in .BTF_ids.
func idWarning(w btfids.Warning) string {
	if w.Used == 0 {
		return fmt.Sprintf(".BTF_ids: no %v '%s', its ID stays 0", w.Kind, w.Name)
	}
	return fmt.Sprintf(".BTF_ids: %v '%s' is both %d and %d; the former is taken", w.Kind, w.Name, w.Used, w.Also)
}
