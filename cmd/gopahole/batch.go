package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify"
)

// encodeVerb encodes many files in one process, which reads and indexes their
// common base once.
var encodeVerb = verb{
	name:      "encode",
	arguments: "[OPTION...] MODULE|DIR...",
	summary:   "Encode the modules of a kernel, or other files, in one process",
	example: `encode --base=vmlinux --features=default,distilled_base --in_place drivers/
		encode --base=/sys/kernel/btf/vmlinux --features=default -j4 -o out *.ko`,
	details: `
Each file gets the BTF that a run of its own would give it. A DIR stands for all
files below it that end in .ko or .ko.debug, also with .gz, .xz or .zst after that.
Without --features it is what the build of the kernel asks for, that of the first
module's vermagic.
With -o, the BTF of xfs.ko becomes DIR/xfs.btf, with feature distilled_base beside
DIR/xfs.btf.base. A file that cannot be encoded does not keep others from it; a
file without any DWARF is skipped with a warning. Both are listed at the end.

On a terminal there is a progress bar, but not under make. With --json a line for
each file goes to standard output when it is done:
  file, status (encoded, skipped or failed), error, warnings, seconds, btf (the
  file written), bytes and types (of .BTF, without those of the base), and
  base_bytes and base_types (of the distilled base)

--report=FILE writes a line of JSON for each file, in the order of the files, whatever
became of it: what --json has, and input and output (bytes, sha256), counts, reasons,
skipped, kinds, sources, phases and peak_kib, the peak memory of the process in KiB.

Exit status: 0 if all were encoded or skipped, 1 if some were not, 2 for wrong
arguments, 3 for a base that cannot be read; 128 and its number after a signal,
and then each file is either done or as it was.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		b := &batch{command: c, o: &options{encode: true}, moveLoaded: true}
		b.steps = b.encodeSteps
		b.addFlags(fs)
		return b.run
	},
}

// A batch is one run of a verb that encodes modules, encode or gen.
type batch struct {
	*command
	// steps are what the verb does with a module that is open, to have its BTF.
	steps func(m *module.Module, conv dwarf2btf.Options) ([]module.Step, error)

	o       *options
	inPlace bool
	output  string // directory, "" for none

	reportFile string // for what --report says; "" for none
	// featuresOf returns what a module is encoded with, if that is not the same for all; else nil.
	featuresOf func(f *elffile.File) features.Set

	// moveLoaded is as in elffile.Options, for what is no module.
	moveLoaded bool

	guard   *guard
	conv    dwarf2btf.Options // of all modules
	kernels *module.Kernels   // to be asked before a result is written; nil for none
	loader  *verify.Loader    // the kernel that has the base; nil without one
}

func (b *batch) addFlags(fs *pflag.FlagSet) {
	baseFlag(fs, "encode split BTF on top of the BTF in `FILE`, raw data or an ELF file; given again, that one on top of it", b.o.addBase)
	on(fs, "in_place", "", "put the BTF into the files as sections .BTF and .BTF.base", func() { b.inPlace = true })
	dropSignatureFlag(fs, &b.o.dropSignature)
	fs.StringVarP(&b.output, "output", "o", "", "write the BTF into files in `DIR`, which is made if it does not exist")
	jobsFlag(fs, &b.o.jobs, "encode")
	b.jsonFlag(fs, "print a line of JSON for each file")
	b.verboseFlag(fs, "say what became of each file")
	reportFlag(fs, &b.reportFile)
	fatalFlag(fs, &b.o.fatal, "a file with a warning is an error, and nothing is written for it")
	for _, group := range []*pflag.FlagSet{conversionFlags(b.o), unitFlags(b.o), verbFeatureFlags(b.o), profileFlags(b.o)} {
		fs.AddFlagSet(group)
	}
}

// run encodes the modules that the operands name.
func (b *batch) run(operands []string) (err error) {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes files or directories"}
	case b.inPlace == (b.output != ""):
		return &verbUsageError{"either --in_place or -o DIR says where the BTF goes"}
	case b.json && b.reportFile == stdoutFile:
		return errTwoReports
	}
	b.quiet = b.o.quiet
	b.collector.ExpectMany(b.o.jobs)
	b.guard = b.newGuard()
	if err := b.guard.reads(roleBase, b.o.bases...); err != nil {
		return err
	}
	stopProfiles, err := startProfiles(b.guard, b.o.cpuProfile, b.o.memProfile)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := stopProfiles(); err == nil {
			err = stopErr
		}
	}()
	modules, err := findModules(operands)
	if err != nil {
		return err
	}
	b.collector.Reserve(sizeOf(modules)) // which one module after the other uses
	if err := b.prepare(modules); err != nil {
		return err
	}
	if b.output != "" {
		if err := nameOutputs(modules, b.output, btfName); err != nil {
			return &verbUsageError{err.Error()}
		}
		if err := os.MkdirAll(b.output, 0o777); err != nil {
			return fileError(b.output, err)
		}
	}
	return b.process(modules)
}

var errTwoReports = &verbUsageError{"--json prints to standard output, and so does --report=-"}

// process encodes the modules and says what became of them.
func (b *batch) process(modules []*batchModule) error {
	for _, m := range modules {
		if err := b.guard.reads(roleInput, m.path); err != nil {
			return err
		}
	}
	if err := b.takeReport(modules); err != nil {
		return err
	}
	ctx := b.context()
	p := b.newProgress(modules)
	b.onSignal(func(cause *signalError) error {
		return &batchInterruptedError{cause, statusEncoded, p.succeeded(), len(modules)}
	})
	b.encodeAll(ctx, modules, p)
	printErr := p.close() // before the messages
	err := b.conclude(ctx, modules)
	for _, also := range []error{printErr, b.writeReport(ctx, modules)} {
		switch {
		case also == nil:
		case err == nil:
			err = also
		default:
			b.complain(also) // each has a line
		}
	}
	return err
}

// prepare checks the options and reads the base.
func (b *batch) prepare(modules []*batchModule) error {
	set, err := b.features(modules)
	if err != nil {
		return err
	}
	if set.Has(features.DistilledBase) && len(b.o.bases) == 0 {
		return &verbUsageError{"feature distilled_base needs --base"}
	}
	include, exclude, err := b.languages(b.o)
	if err != nil {
		return &verbUsageError{err.Error()}
	}
	bases, base, err := b.o.loadBase(btf.Load, b.warnOfDistilled)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	b.conv = b.o.convertOptions(set, base, dwarf2btf.Languages{Include: include, Exclude: exclude})
	b.loader = bases.loader()
	b.kernels = b.o.resultKernels(bases, b.loader, set)
	return b.checkBase(modules)
}

// checkBase asks kernels what they say of the base, so that this is not said of each
// module: those of all modules, or that of the first module which names one.
func (b *batch) checkBase(modules []*batchModule) error {
	if b.kernels == nil {
		return nil
	}
	k := *b.kernels
	for i := 0; k.Decided() == nil && i < len(modules); i++ {
		k.OfBase, _ = kernel.ParseVersion(releaseOf(modules[i].path))
	}
	if k.Decided() == nil {
		k.OfBase = k.Otherwise
	}
	if err := k.CheckBase(); err != nil {
		return fmt.Errorf("--base %w", fileError(b.o.bases[len(b.o.bases)-1], err))
	}
	return nil
}

// features returns the features to encode: those that were asked for, or those of the
// build of the kernel that the first module which names one is for.
func (b *batch) features(modules []*batchModule) (features.Set, error) {
	if len(b.o.features) > 0 {
		return b.o.verbFeatures()
	}
	for _, m := range modules {
		release := releaseOf(m.path)
		set, err := module.Features(release)
		if err != nil {
			continue
		}
		v, _ := kernel.ParseVersion(release)
		if guess := kernel.Guess(v); guess != "" {
			b.warn("%s", guess)
			return set, b.o.fatalWarnings(1)
		}
		return set, nil
	}
	return features.Default(), nil
}

// verbFeatures returns the features that the options of a verb ask for.
func (o *options) verbFeatures() (features.Set, error) {
	set, err := o.featureSet(nil)
	if unknown := new(features.UnknownError); errors.As(err, &unknown) {
		return set, &verbUsageError{fmt.Sprintf("there is no feature '%s'; there are default, all and %s",
			unknown.Name, strings.Join(unknown.Supported.With(features.Own()).Names(), ", "))}
	}
	return set, err
}

// conclude reports what there is to say about the modules, in their order. The
// error is about the batch as a whole.
func (b *batch) conclude(ctx context.Context, modules []*batchModule) error {
	encoded := 0
	codes := statusCodes{all: len(modules)}
	said := make(map[string]bool) // what is so with all of them is said once
	for _, m := range modules {
		for _, w := range m.report.Warnings {
			if !said[w] {
				b.warn("%s", w)
			}
			said[w] = true
		}
		switch m.report.Status {
		case statusEncoded:
			encoded++
			b.say("%s: encoded%s, in %.2f s", m.path, sizesText(m.report.Types, m.report.Bytes, m.report.BaseTypes, m.report.BaseBytes), m.report.Seconds)
		case statusFailed:
			codes.failed++
			b.complain(m.err)
		}
	}
	if s, ok := context.Cause(ctx).(*signalError); ok {
		return &batchInterruptedError{s, statusEncoded, encoded, len(modules)}
	}
	return codes.result("encoded")
}

// A batchInterruptedError says how far a batch got before a signal.
type batchInterruptedError struct {
	signal    *signalError
	what      string // was done with the others
	done, all int
}

func (e *batchInterruptedError) Error() string {
	return fmt.Sprintf("%s: %d of %d files were %s, the others are as they were", e.signal.word(), e.done, e.all, e.what)
}

func (e *batchInterruptedError) Unwrap() error { return e.signal }
