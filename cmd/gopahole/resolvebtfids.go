package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/libbpf"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/relocate"
)

// resolveName is the program of the kernel that this file stands in for. Its
// options, messages and exit codes are those of the tool, which makefiles of the
// kernel know.
const resolveName = "resolve_btfids"

// Exit codes of resolve_btfids.
const (
	exitResolveFailure = 255 // -1
	exitResolveUsage   = 129
	exitLinkFile       = 234 // -EINVAL: the file of a link cannot be had
	exitLongPath       = 249 // -E2BIG: no name for a result
)

// maxPath is the length from which on Linux refuses paths, PATH_MAX.
const maxPath = 4096

// An exitError has an exit code of its own.
type exitError struct {
	code int
	error
}

func (e *exitError) Unwrap() error { return e.error }

var resolveVerb = verb{
	name:      resolveName,
	arguments: "[--btf BTF] [-b BASE] FILE",
	summary:   "Fill the section .BTF_ids of a kernel or module, as the kernel's tool of that name does",
	run:       (*command).runResolve,
	options:   func() *pflag.FlagSet { return resolveFlags(new(resolveOptions)) },
}

var resolveHelp = `Usage: resolve_btfids [OPTION...] FILE
       resolve_btfids --btf BTF [OPTION...] FILE
       resolve_btfids --patch_btfids IDS [--btf_link SECTION:MODULE:BTF] FILE

Find the types that the symbols of FILE's section .BTF_ids ask for. FILE is a
kernel or a module. This is the kernel's tool of that name, for a build with
RESOLVE_BTFIDS=, or as a verb of gopahole.

Without --btf, the IDs are those of the BTF in FILE and are put into FILE, as by
the tool up to Linux ` + beforeImplicit + `. With --btf, as by the tool from Linux ` + sinceImplicit + ` on, FILE
stays as it is: kernel functions with implicit arguments get the prototype that
BPF programs see, the types are sorted by name, and the results are FILE.BTF,
FILE.BTF_ids and, with --distill_base, FILE.BTF.base. With --inline, what says
where functions were inlined goes to FILE.BTF.inline, which is split from FILE.BTF.
With --patch_btfids, IDS goes into .BTF_ids of FILE as it is, and with --btf_link,
section SECTION.link says which MODULE has the BTF.

From Linux ` + sinceSets + ` on, kernel functions are those that sets of .BTF_ids list, rather
than those that the encoder has tagged: they get their tags here, and duplicate
types are removed. Which kernel it is for, --kfuncs says; with auto, the
option --inline, the environment of its build (BTF_INLINE, PAHOLE_FLAGS,
KERNELVERSION), or else whether the BTF has a tag bpf_kfunc. -v prints what was
decided.

Examples:
  resolve_btfids -b vmlinux module.ko
  resolve_btfids --btf vmlinux.BTF.1 vmlinux
  resolve_btfids --patch_btfids vmlinux.BTF_ids vmlinux

`

// resolveOptions are the options of resolve_btfids.
type resolveOptions struct {
	btf, patch                     string // file names, or ""
	bases                          []string
	distill, inPlace, fatal, debug bool
	inline                         bool
	links                          []btfLink
	kfuncs                         kfuncSource
	compat                         libbpf.Version
	debugDirs                      []string
	dropSignature                  bool
	help                           bool
}

func resolveFlags(o *resolveOptions) *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringVar(&o.btf, "btf", "", "read the BTF from `FILE`, and leave the input alone")
	fs.StringArrayVarP(&o.bases, "btf_base", "b", nil, "what the BTF is split from, the BTF of `FILE`; "+
		"not used for a module with a distilled base; given again, that one on top of it")
	on(fs, "distill_base", "", "with --btf: distill the base for FILE.BTF.base", func() { o.distill = true })
	on(fs, "fatal_warnings", "", "fail after a warning; with results in files of their own, only if sets list kernel functions and none has a tag", func() { o.fatal = true })
	fs.StringVar(&o.patch, "patch_btfids", "", "put the contents of `FILE` into .BTF_ids")
	fs.Func("btf_link", "with --patch_btfids: let section SECTION.link name the module that has the BTF in FILE "+
		"(`SECTION:MODULE:FILE`); may be given again", func(arg string) error {
		link, err := parseLink(arg)
		o.links = append(o.links, link)
		return err
	})
	o.kfuncs = kfuncsAuto
	fs.Var(&o.kfuncs, "kfuncs", "what kernel functions are known by: tags of the encoder, as up to Linux "+beforeSets+", sets of .BTF_ids, as from "+sinceSets+" on, or auto")
	compatFlag(fs, &o.compat)
	on(fs, "inline", "", "with --btf: write what says where functions were inlined to FILE.BTF.inline", func() { o.inline = true })
	on(fs, "in_place", "", "with --btf: put the IDs into the input, as tools up to Linux "+beforeImplicit+" do", func() { o.inPlace = true })
	debugDirFlag(fs, &o.debugDirs)
	dropSignatureFlag(fs, &o.dropSignature)
	on(fs, "verbose", "v", "say what is written", func() { o.debug = true })
	on(fs, "help", "h", "print this text", func() { o.help = true })
	return fs
}

// runResolve runs a command line of resolve_btfids and returns its exit code.
func (c *command) runResolve(args []string) int {
	if c.watch == nil { // called by that name
		defer c.watchSignals()()
	}
	var o resolveOptions
	fs := resolveFlags(&o)
	files, err := parseArgs(fs, args, true) // options end at the file
	switch {
	case o.help:
		fmt.Fprint(c.stdout, resolveHelp, fs.FlagUsagesWrapped(c.helpWidth()))
		return exitOK
	case err == nil && len(files) != 1:
		err = usagef("takes one file")
	case err == nil && o.inPlace && o.distill:
		err = usagef("--distill_base needs files of its own for the results, which excludes --in_place")
	case err == nil && o.inPlace && o.inline:
		err = usagef("--inline needs a file of its own for the result, which excludes --in_place")
	case err == nil && o.inPlace && o.kfuncs != kfuncsAuto:
		err = usagef("--kfuncs is about results in files of their own, which excludes --in_place")
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "Error: %s\nTry `%s --help' for more information.\n", quote.Line(err.Error()), resolveName)
		return exitResolveUsage
	}
	if o.inline && !fs.Changed("btf_compat") {
		o.compat = libbpf.V19 // no program with an older one knows --inline
	}
	if err := c.resolve(&o, files[0]); err != nil {
		if stopped := (*signalError)(nil); errors.As(context.Cause(c.context()), &stopped) {
			err = &exitError{failureCode(stopped), fmt.Errorf("FAILED: %s: %w", files[0], stopped)}
		}
		fmt.Fprintln(c.stderr, quote.Line(err.Error()))
		if exit := (*exitError)(nil); errors.As(err, &exit) {
			return exit.code
		}
		return exitResolveFailure
	}
	return exitOK
}

// resolve does what the options say. Its error is the whole line to be printed.
func (c *command) resolve(o *resolveOptions, name string) error {
	if len(o.links) > 0 && o.patch == "" {
		return errors.New("--btf_link requires --patch_btfids")
	}
	g, err := o.guard(c, name)
	if err != nil {
		return fmt.Errorf("FAILED: %w", err)
	}
	c.lastResult()
	if o.patch != "" {
		return c.patchIDs(g, o, name)
	}
	f, err := elffile.Open(name)
	if err != nil {
		return fmt.Errorf("FAILED cannot open %s: %s", name, reason(name, err))
	}
	defer f.Close()
	table, f, err := c.readTable(g, o, f)
	if err != nil {
		return fmt.Errorf("FAILED: %w", err)
	}
	if crowded, ok := table.Crowded(); ok {
		return fmt.Errorf("FAILED symbol %s crossed the number of allowed lists: %s: a name may be in %d", crowded, name, btfids.MaxLists)
	}
	if o.toFiles(c.env) {
		if guess := guessOfBuild(c.env); guess != "" {
			fmt.Fprintf(c.stderr, "%s: %s: %s\n", resolveName, quote.Line(name), quote.Line(guess))
		}
		return c.resolveToFiles(g, o, f, table)
	}
	return c.resolveInPlace(g, o, f, table)
}

// readTable reads what .BTF_ids asks for. A file that is stripped of its symbols gets those of
// its debug file. If there is no such file, and nothing says that there should be one, it is not
// known that the file was stripped, and there is nothing to resolve, as for the kernel's program.
func (c *command) readTable(g *guard, o *resolveOptions, f *elffile.File) (*btfids.Table, *elffile.File, error) {
	table, view, note, err := module.DebugFiles{Dirs: o.debugDirs, Opened: g.finds(f.Name)}.ReadTable(g.ctx, f)
	stripped := (*module.StrippedError)(nil)
	switch {
	case errors.As(err, &stripped) && stripped.Err != nil:
		return nil, nil, fileError(f.Name, err)
	case stripped != nil, errors.Is(err, btfids.ErrNone):
		return nil, f, nil
	case err != nil:
		return nil, nil, err
	}
	if note != nil {
		fmt.Fprintf(c.stderr, "%s: %s\n", resolveName, quote.Line(warningText(f.Name, *note)))
	}
	return table, view, nil
}

// toFiles reports whether the results are files of their own. Without --btf it is the
// build that tells whether the program would work in place.
func (o *resolveOptions) toFiles(env func(string) (string, bool)) bool {
	return !o.inPlace && (o.btf != "" || o.distill || o.inline || o.kfuncs != kfuncsAuto || buildWritesFiles(env))
}

// guard notes the files that are read. In place, the BTF may be that of the file.
func (o *resolveOptions) guard(c *command, name string) (*guard, error) {
	g := c.newGuard()
	files := append([]string{o.btf, o.patch}, o.bases...)
	for _, link := range o.links {
		files = append(files, link.file)
	}
	for _, file := range files {
		r := roleBase
		if file == o.btf && o.inPlace {
			r = roleInput
		}
		if file == "" {
			continue
		}
		if err := g.reads(r, file); err != nil {
			return nil, err
		}
	}
	return g, g.reads(roleInput, name)
}

// inputs are the files that a result is made of: the one called name, and that of the
// options with its types or IDs.
func (o *resolveOptions) inputs(name string) []string {
	inputs := []string{name}
	for _, file := range []string{o.btf, o.patch} {
		if file != "" {
			inputs = append(inputs, file)
		}
	}
	for _, link := range o.links {
		inputs = append(inputs, link.file)
	}
	return inputs
}

// resolveInPlace does what resolve_btfids does in releases before kernel.Build.Implicit.
func (c *command) resolveInPlace(g *guard, o *resolveOptions, f *elffile.File, table *btfids.Table) error {
	if table == nil {
		return nil // so do most modules end
	}
	bases := o.bases
	if f.Section(".BTF.base") != nil {
		bases = nil // the types are split from that one, and so are the IDs
	}
	types, err := loadResolved(f.Name, o.btf, bases, btf.Load)
	if err != nil {
		return err
	}
	m := &module.Module{Files: []*elffile.File{f}, Table: table, BTF: types}
	if err := module.Run(g.ctx, m, module.CheckKinds(), module.FillIDs()); err != nil {
		return fmt.Errorf("FAILED: %s: %w", f.Name, err)
	}
	if err := c.warnIDs(o, f.Name, m.Warnings, always); err != nil {
		return err
	}
	return c.putIDs(g, o, f.Name, m)
}

// resolveToFiles does what resolve_btfids does in releases with it. Nothing is
// written before all is known.
func (c *command) resolveToFiles(g *guard, o *resolveOptions, f *elffile.File, table *btfids.Table) error {
	types, err := loadResolved(f.Name, o.btf, o.bases, o.baseLoader(c.env, table))
	if err != nil {
		return err
	}
	if longest := f.Name + btfids.SectionName; len(longest) >= maxPath {
		return &exitError{exitLongPath, fmt.Errorf("FAILED: output path is too long: %s", longest)}
	}
	source, why := o.kfuncSource(c.env, types, table)
	m := &module.Module{Files: []*elffile.File{f}, Table: table, BTF: types}
	decided := module.Step{Name: "say what was decided", Do: func(context.Context, *module.Module) error {
		o.debugf(c, "Kernel functions are known by %s: %s", source, why)
		return nil
	}}
	sets := source == kfuncsSets
	flags := uint32(btfids.ImplicitFlags)
	if sets {
		flags = btfids.TagFlags
	}
	steps := []module.Step{module.UnfillResolved(types.Base(), flags), decided}
	steps = append(steps, module.Prepare(module.PrepareOptions{Sets: sets, Distill: o.distill && types.Base() != nil, Compat: o.compat})...)
	if o.inline {
		steps = append(steps, module.SplitInline())
	}
	steps = append(steps, module.FillIDs())
	if err := module.Run(g.ctx, m, steps...); err != nil {
		return o.damagedBase(stepError(f.Name, err))
	}
	if err := c.warnIDs(o, f.Name, m.Warnings, isOurs); err != nil {
		return err
	}
	files := m.DetachedSections(f.Name)
	w := writing{outputs: outputsOf(files), noSync: true, inputs: o.inputs(f.Name)}
	if m.Base == nil {
		if w.remove, err = oldBase(f.Name+".BTF", c.warn, c.warnOfLeft); err != nil {
			return err
		}
	}
	if m.Inline == nil {
		w.remove = append(w.remove, oldInline(f.Name+".BTF", c.warn)...)
	}
	if err := g.write(w); err != nil {
		return fmt.Errorf("FAILED to write %w", err)
	}
	for _, out := range files {
		o.debugf(c, "Dumped %d bytes of data to %s", len(out.Data), out.Path)
	}
	return nil
}

// untaggedWarning is about BTF of an encoder that was not asked for tags, in a step
// that relies on them: the build ends well, and BPF programs fail later.
const untaggedWarning = "WARN: " + resolveName + ": sets list kernel functions, and the BTF has no tag bpf_kfunc: " +
	module.UntaggedMeans + " (--kfuncs=sets adds tags)"

// stepError is the line for an error of a step with a file.
func stepError(name string, err error) error {
	if kfunc := (*btfids.KfuncError)(nil); errors.As(err, &kfunc) {
		return fmt.Errorf("ERROR: %s: %w, in %s", resolveName, err, name)
	}
	if step := (*module.StepError)(nil); errors.As(err, &step) {
		return fmt.Errorf("FAILED to %s: %s: %w", step.Step, name, step.Err)
	}
	return fmt.Errorf("FAILED: %s: %w", name, err)
}

// debugf prints a line with -v.
func (o *resolveOptions) debugf(c *command, format string, args ...any) {
	if o.debug {
		fmt.Fprintln(c.stderr, quote.Line(fmt.Sprintf(format, args...)))
	}
}

// loadResolved reads the types to be resolved against: those of the file btfName,
// or if that is "", of the file called name. There may be no bases.
func loadResolved(name, btfName string, bases []string, load loadFunc) (*btf.Types, error) {
	chain, err := loadBasesBy(load, bases, nil)
	if err != nil {
		return nil, resolveBaseError(err)
	}
	base := chain.types()
	if btfName == "" {
		btfName = name
	}
	types, err := loadBTF(btfName, base)
	if err != nil {
		return nil, fmt.Errorf("FAILED: load BTF from %s: %s", btfName, reason(btfName, err))
	}
	if base != nil && types.Base() != base {
		// It has a .BTF.base of its own (libbpf: btf__parse_split).
		if err := base.CheckRecords(); err != nil { // as loose is for types that are looked at one by one
			return nil, fmt.Errorf("FAILED: load base BTF from %s: %w", bases[0], err)
		}
		if types, err = relocate.Relocate(types, relocate.NewTarget(base)); err != nil {
			return nil, fmt.Errorf("FAILED: load BTF from %s: %w", btfName, err)
		}
	}
	return types, nil
}

// resolveBaseError returns the line for an error of loadBasesBy.
func resolveBaseError(err error) error {
	of := new(baseError)
	errors.As(err, &of)
	return fmt.Errorf("FAILED: load base BTF from %s: %s", of.name, reason(of.name, of.error))
}

// baseLoader reads the bases. Where a module has no .BTF_ids and its types are only
// deduplicated, few types of the base are looked at, and those are checked then.
func (o *resolveOptions) baseLoader(env func(string) (string, bool), table *btfids.Table) loadFunc {
	source := o.kfuncs
	if source == kfuncsAuto {
		source, _ = kfuncsOfBuild(env)
	}
	if source != kfuncsSets || table != nil || len(o.bases) != 1 || o.distill || o.inline {
		return btf.Load
	}
	return btf.LoadLoose
}

// damagedBase returns the error of a step: that of reading the base again if it was not
// checked before and is damaged.
func (o *resolveOptions) damagedBase(err error) error {
	if damaged := (*btf.ParseError)(nil); errors.As(err, &damaged) {
		if _, again := loadBases(o.bases, nil); again != nil {
			return resolveBaseError(again)
		}
	}
	return err
}

// warnIDs prints warnings about the file called name. With --fatal_warnings those that counts reports on are an
// error.
func (c *command) warnIDs(o *resolveOptions, name string, warnings []fmt.Stringer, counts func(fmt.Stringer) bool) error {
	fatal := 0
	for _, w := range warnings {
		text := w.String()
		switch w := w.(type) {
		case module.UntaggedWarning:
			text = "WARN: " + resolveName + ": " + text
			if w.All() {
				text = untaggedWarning
			}
		case module.FinishedNote:
			text = fmt.Sprintf("%s: %s: %v", resolveName, name, w)
		case module.DoubtWarning, module.KindsWarning:
			text = fmt.Sprintf("WARN: %s: %s: %v", resolveName, name, w)
		}
		fmt.Fprintln(c.stderr, quote.Line(text))
		if counts(w) {
			fatal++
		}
	}
	if o.fatal && fatal > 0 {
		return fmt.Errorf("FAILED: warnings (%d) with --fatal_warnings", fatal)
	}
	return nil
}

// always counts every warning, as the program that works in place does.
func always(fmt.Stringer) bool { return true }

// isOurs reports whether a warning is not one of the kernel's program, which forgets
// --fatal_warnings where it writes files of their own (releases with kernel.Build.Implicit).
// Builds of kernels have warnings there and pass the option, so they would fail here alone.
func isOurs(w fmt.Stringer) bool {
	switch w := w.(type) {
	case btfids.Warning, btfids.SetWarning, module.FinishedNote, module.DoubtWarning:
		return false
	case module.UntaggedWarning:
		return w.All() // else the encoder was asked for tags, as the build relies on
	}
	return true
}

// patchIDs puts the contents of a file into .BTF_ids, and fills link sections. A link
// that fails ends it, but what comes before is written, as by the kernel's program.
func (c *command) patchIDs(g *guard, o *resolveOptions, name string) error {
	from := o.patch
	f, err := elffile.Open(name)
	if err != nil {
		return fmt.Errorf("FAILED to open %s: %s", name, reason(name, err))
	}
	defer f.Close()
	section := f.Section(btfids.SectionName)
	if section == nil {
		return fmt.Errorf("FAILED: section %s not found in %s", btfids.SectionName, name)
	}
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("FAILED to stat %s: %s", from, reason(from, err))
	}
	if uint64(info.Size()) != section.Size || !section.HasData() {
		return fmt.Errorf("FAILED: size mismatch - %s section in %s is %d bytes, %s is %d bytes",
			btfids.SectionName, name, section.FileSize, from, info.Size())
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("FAILED to read %s: %s", from, reason(from, err))
	}
	var links []elffile.Content
	var failed error
	for i := range o.links {
		content, err := o.links[i].content(f)
		if err != nil {
			failed = err
			break
		}
		links = append(links, content)
	}
	if err := c.putIDs(g, o, name, &module.Module{IDs: data}, links...); err != nil {
		return err
	}
	return failed
}

// putIDs gives .BTF_ids, and links, new contents of the same size. A build makes the file
// again if the machine fails, as it does with what the linker wrote before, so
// nobody waits for the disk here.
func (c *command) putIDs(g *guard, o *resolveOptions, name string, m *module.Module, links ...elffile.Content) error {
	opts := elffile.Options{NoSync: true, DropSignature: o.dropSignature, Check: g.lastInPlace(name, o.inputs(name)...)}
	err := g.inPlace(name)
	if err == nil {
		err = module.Run(g.ctx, m, module.EmbedIDs(name, opts, links...))
	}
	if err != nil {
		return fmt.Errorf("FAILED to update %s: %s", name, reason(name, changeError(name, err)))
	}
	o.debugf(c, "update ok for %s", name)
	return nil
}

// reason returns err without the name of the file it is about. Errors of the
// system have the words of C's library, as scripts may look for them.
func reason(name string, err error) string {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		text := errno.Error()
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return strings.TrimPrefix(fileError(name, err).Error(), name+": ")
}
