package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/cores"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/module"
)

// langExcludeEnv names the environment's list of excluded languages, for builds
// that cannot add an option.
const langExcludeEnv = "PAHOLE_LANG_EXCLUDE"

// encode turns the DWARF of all files into one BTF and writes it.
func (c *command) encode(o *options, names []string) (err error) {
	if !o.encode && o.display.other == "" && (len(names) > 0 || len(o.ignored) > 0) {
		if err := c.mistypedVerb(names); err != nil {
			return err
		}
		return c.display(o, names)
	}
	g := c.newGuard()
	if err := errors.Join(g.reads(roleBase, o.bases...), g.reads(roleInput, names...)); err != nil {
		return err
	}
	if o.isDetached && o.detached != "" { // before profiles, which are written over at once
		if err := g.writes(o.detached); err != nil {
			return err
		}
	}
	if o.report != "" {
		if o.encode && o.verbose && o.report == stdoutFile {
			return o.wrongUse("--verbose prints to standard output, and so does --report=-")
		}
		if err := g.writes(o.report); err != nil {
			return err
		}
	}
	stopProfiles, err := startProfiles(g, o.cpuProfile, o.memProfile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopProfiles()) }()

	// -jN is a promise to the machine, which may run many of us under make -j. With
	// -j1 it saves 7 % of CPU time as well: no idle processor is woken to collect
	// garbage.
	size := totalSize(names)
	if size > 0 && size <= smallInput { // 0: it is not known
		o.jobs = 1
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(1, min(o.jobs, runtime.NumCPU()))))
	touch := c.collector.Reserve(size)
	conv, bases, err := c.conversion(o, names)
	if err != nil {
		return err
	}
	slots, endSlots := c.jobSlots(o.jobs)
	defer endSlots()
	conv.Slots = slots
	if o.jobs > 1 && touch != nil { // nothing else is to be done on a second processor
		defer beside(slots, touch)()
	}

	c.onSignal(func(cause *signalError) error { return fileError(names[0], cause) })
	if err = c.convert(g, o, conv, bases, names); err != nil && g.ctx.Err() != nil {
		return fileError(names[0], context.Cause(g.ctx))
	}
	return err
}

// smallInput is the size of files, in bytes, that one worker encodes as soon as several do:
// another thread is a tenth of the CPU time of a module. Builds of kernels give -j for each
// module (Linux 6.12: scripts/Makefile.btf).
const smallInput = 4 << 20

// totalSize returns the size of files in bytes, as far as it is known.
func totalSize(names []string) (n int64) {
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}

// inlineFeature is what builds of kernels after 7.3 ask pahole for. The encoder of pahole that
// obeys it is not published, so that its bytes are not known.
const inlineFeature = "inline"

const noInline = "feature inline is ignored, as in pahole 1.32: the places of inlined functions will be missing; " +
	"inline_preview encodes them, in gopahole's way"

// conversion checks the options and turns them into those of the library. It reads the
// bases.
func (c *command) conversion(o *options, names []string) (dwarf2btf.Options, baseChain, error) {
	c.quiet = o.quiet
	if o.encode {
		for _, name := range o.ignored {
			c.warn("%s does nothing here: it is about printing types", name)
		}
	}

	// In pahole's order, as scripts probe for features without naming a file.
	var none dwarf2btf.Options
	inline := false
	var unknown []string
	set, err := o.featureSet(func(name string) {
		if name == inlineFeature {
			inline = true
		} else if !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
		if o.verbose {
			fmt.Fprintf(c.stderr, "Ignoring unsupported feature '%s'\n", quote.Name(name))
		}
	})
	if err != nil {
		return none, nil, err
	}
	if inline && o.encode && !set.Has(features.InlinePreview) {
		c.warn("%s", noInline)
	}
	if len(unknown) > 0 && o.encode && !o.verbose {
		c.warn("feature %s is ignored, as pahole ignores what it does not know: a newer gopahole may know it", strings.Join(unknown, ", "))
	}
	include, exclude, err := c.languages(o)
	if err != nil {
		return none, nil, o.wrongUse("%v", err)
	}
	if !o.encode && o.display.other != "" {
		return none, nil, &displayError{o.display.other + " is"}
	}
	if o.encode && o.formats != "" && !o.reads(formatDWARF) {
		return none, nil, o.wrongUse("--format_path '%s': only dwarf can be encoded", o.formats)
	}
	if len(names) == 0 {
		return none, nil, o.wrongUse("no input file (pahole would take the running kernel's vmlinux; name it if you mean it)")
	}
	if len(o.bases) == 0 && set.Has(features.DistilledBase) {
		if !o.isDetached {
			return none, nil, o.wrongUse("feature distilled_base needs --btf_base")
		}
		set = set.Without(features.DistilledBase) // as pahole, which ignores it there
	}
	cache, err := c.baseCache(o)
	if err != nil {
		return none, nil, err
	}
	bases, base, err := c.loadBaseOfOne(o, set, cache)
	if err != nil {
		return none, nil, fmt.Errorf("--btf_base %w", err)
	}
	return o.convertOptions(set, base, dwarf2btf.Languages{Include: include, Exclude: exclude}), bases, nil
}

// convertOptions returns the options of the library, with what was found out about
// the ones that it has in another form.
func (o *options) convertOptions(set features.Set, base *dwarf2btf.Base, languages dwarf2btf.Languages) dwarf2btf.Options {
	return dwarf2btf.Options{
		Base:                base,
		Arrays:              o.arrayStyle(),
		Features:            set,
		Compat:              o.compat,
		Jobs:                o.jobs,
		Languages:           languages,
		CUExclude:           o.excludedUnits,
		KABIPrefix:          o.kabiPrefix,
		DebugDirs:           o.debugDirs,
		FixupSillyBitfields: o.fixupSillyBitfields,
		BestEffort:          o.bestEffort,
	}
}

// languages returns the codes that --lang and --lang_exclude name. Lists of
// one option add up, and so does that of the environment; both options may be given:
// then a unit has to be in the one and not in the other. (pahole 1.32 keeps the last
// list only, as an exclude list if --lang_exclude was given at all, and looks at the
// environment only if there is none.)
func (c *command) languages(o *options) (include, exclude []dwarf2btf.Language, err error) {
	excluded := o.excludedLanguages
	if list, ok := c.env(langExcludeEnv); ok && (list != "" || len(o.languages)+len(excluded) == 0) {
		excluded = append(excluded[:len(excluded):len(excluded)], list)
	}
	if include, err = parseLanguages(o.languages); err == nil {
		exclude, err = parseLanguages(excluded)
	}
	return include, exclude, err
}

func parseLanguages(lists []string) ([]dwarf2btf.Language, error) {
	var codes []dwarf2btf.Language
	for _, list := range lists {
		more, err := dwarf2btf.ParseLanguages(list)
		if err != nil {
			return nil, err
		}
		codes = append(codes, more...)
	}
	return codes, nil
}

// convert reads the files, encodes them and writes the result. Nothing is
// written before everything is done.
func (c *command) convert(g *guard, o *options, conv dwarf2btf.Options, bases baseChain, names []string) (err error) {
	var report *encodingReport
	if o.report != "" {
		report = newEncodingReport(jsonHead{jsonSchema, encodeVerb.name, names[0]}, conv.Features, &conv)
		c.heard = func(text string) { report.Warnings = append(report.Warnings, text) }
		start := time.Now()
		defer func() { err = errors.Join(err, report.write(g, o.report, err, time.Since(start))) }()
	}
	files, closeFiles, err := openFiles(names)
	if err != nil {
		return err
	}
	defer closeFiles()
	if err := checkOutput(g, o, names, conv.Features.Has(features.DistilledBase)); err != nil {
		return err
	}

	verbose := bufio.NewWriterSize(c.stdout, 64<<10)
	defer verbose.Flush()
	if o.verbose {
		conv.Verbose = func(format string, args ...any) { fmt.Fprintf(verbose, format, args...) }
	}
	conv.Report = func(d dwarf2btf.Diagnostic) { c.warn("%s", d) }

	if o.stats {
		if conv.Stats == nil {
			conv.Stats = new(dwarf2btf.Stats)
		}
		defer func() { printStats(c.stderr, conv.Stats) }()
	}

	conv.Opened = g.finds(names[0])
	m := module.New(files[0], files[1:]...)
	err = module.Run(g.ctx, m, module.EncodeWith(c.toBTF, conv))
	nothing := new(module.NothingError)
	switch {
	case errors.As(err, new(*dwarf2btf.BaseError)):
		return o.damagedBase(err)
	case errors.Is(err, dwarf2btf.ErrNoDWARF) && len(files) == 1:
		c.warn("%v", fileError(names[0], err))
		return nil
	case err != nil && (len(files) == 1 || errors.As(err, &nothing)):
		return fileError(names[0], withCure(err))
	case err != nil:
		return withCure(err) // which names the file it is about
	case m.Main > 0 && !o.isDetached:
		return fileError(names[0], fmt.Errorf("nothing of it is encoded, and in place BTF goes into the first file: "+
			"leave it out, or use --btf_encode_detached (pahole would write to %s)", names[m.Main]))
	}
	loader := bases.loader()
	err = module.Run(g.ctx, m, checkSteps(o.resultKernels(bases, loader, conv.Features), loader)...)
	for _, w := range m.Warnings {
		c.warn("%s", warningText(names[0], w))
	}
	if err != nil {
		return fileError(names[0], err)
	}
	if !o.isDetached && m.Base == nil && files[0].Section(".BTF.base") != nil {
		c.warn("%s: %s", names[0], removedBase)
	}
	if !o.isDetached && files[0].Section(btf.InlineSection) != nil {
		c.warn("%s: %s", names[0], removedInline)
	}
	if !o.isDetached && leavesImage(files[0], m.BTF.Size()) {
		c.warn("%s: .BTF is part of the loaded image, which keeps the old one: the new section stands outside of it", names[0])
	}
	if report != nil {
		report.describe(m, o.detached)
	}
	cores.From(g.ctx).Phase("write")
	start := time.Now()
	if report == nil {
		c.lastResult()
	}
	err = c.write(g, o, names, m)
	if conv.Stats != nil {
		conv.Stats.Phases = append(conv.Stats.Phases, dwarf2btf.Phase{Name: "write", Wall: time.Since(start)})
	}
	return err
}
