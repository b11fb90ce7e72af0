package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// scanVerb looks at all modules of a kernel.
var scanVerb = verb{
	name:      "scan",
	arguments: "[-B VMLINUX] DIR|MODULE...|running",
	summary:   "Say of each module of a system whether its kernel gets its BTF, and what to do about those where it does not",
	example:   "scan /lib/modules/6.12.1\nscan -B vmlinux build/\nscan running",
	details: `
DIR stands for all modules below it, *.ko and *.ko.debug, also with .gz, .xz or .zst after
that. The BTF of their kernel is that of --base. Without, it is looked for in DIR and, for
lib/modules/RELEASE, in the system that this is part of: as vmlinux there, in boot/ or
usr/lib/debug/, or in a boot image. A directory with those of several releases is taken one
by one. The word running stands for the modules of the kernel that runs, with
/sys/kernel/btf/vmlinux; of those that are loaded, it says which were loaded without their
BTF.

What a kernel makes of a module is what verify says; the states are
  split, matches       split BTF of this kernel
  split, mismatched    split BTF that the kernel refuses: it was made on another one
  distilled, relocates     a .BTF.base with which the kernel takes it
  distilled, refused       one with which it does not, or to which it is unknown
  no BTF               the module is loaded, and nobody learns of its types
  danger               the kernel takes it and should not
  unknown              no rule tells, as for a kernel that nobody names: see --kernel
  unreadable           the file is damaged, is none of a module, or cannot be opened
and, of those that offer kernel functions to BPF programs, how many are complete.

Those that are not in order are listed, with -v all of them, and at the end each state
with what to do about it. --json prints an object for each module: module (its name), base,
kernel, state, valid, verdict, errno, why, cure, kfuncs and missing (numbers), and loaded
(none, with BTF or without BTF; for running).

Exit status: 0 if all modules are in order, 1 if some are not, 2 for wrong arguments, 3 for
a file that cannot be read, or if there is no BTF of a kernel.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		s := &scanner{command: c}
		baseList(fs, &s.bases, "the kernel that all of them are for, a `VMLINUX` file of either sort")
		kernelFlag(fs, &s.version, "judge as this `RELEASE` does ("+kernel.List()+", ...), whatever the base says")
		jobsFlag(fs, &s.jobs, "look at")
		c.jsonFlag(fs, "print a line of JSON for each module")
		quietFlag(fs, &c.quiet)
		fs.Lookup("quiet").Usage = "print no list, only how many are in which state"
		on(fs, "verbose", "v", "list all modules", func() { s.verbose = true })
		return s.run
	},
}

// A scanner is one run of the verb scan.
type scanner struct {
	*command
	bases   []string
	version kernel.Version // zero for that of the base
	jobs    int
	verbose bool

	exit int
}

// A scanGroup are modules of one kernel.
type scanGroup struct {
	dir     string // of the modules; "" for those of a command line with --base
	base    string // file with the BTF of the kernel
	modules []operand
	loaded  map[string]bool // whether the kernel has BTF of a module, of those that are loaded; nil if that is not asked
}

func (s *scanner) run(operands []string) error {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes directories, modules, or the word running"}
	case len(s.bases) > 1:
		return &verbUsageError{"there is one kernel: --base is given several times"}
	}
	groups, err := s.groups(operands)
	if err != nil {
		return &unreadableError{err}
	}
	for _, g := range groups {
		if err := s.scan(g); err != nil {
			return err
		}
	}
	if s.exit != exitOK {
		return &statusError{s.exit}
	}
	return nil
}

// groups finds the modules that operands name, by the kernel that they are for.
func (s *scanner) groups(operands []string) ([]*scanGroup, error) {
	var groups []*scanGroup
	var files []string
	for _, name := range operands {
		if name != runningWord {
			files = append(files, name)
			continue
		}
		g, err := runningModules("/")
		if err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	if files == nil {
		return groups, nil
	}
	found, err := findOperands(files, "modules", isModule)
	if err != nil {
		return nil, err
	}
	byDir := make(map[string]*scanGroup)
	for _, o := range found {
		dir := ""
		if s.bases == nil {
			dir = moduleTree(o, files)
		}
		g := byDir[dir]
		if g == nil {
			g = &scanGroup{dir: dir}
			byDir[dir] = g
			groups = append(groups, g)
		}
		g.modules = append(g.modules, o)
	}
	for _, g := range groups {
		if s.bases != nil {
			g.base = s.bases[0]
		} else if g.base == "" {
			if g.base, err = kernelIn(g.dir); err != nil {
				if missing := g.missing(); missing != nil {
					return nil, missing
				}
				return nil, fmt.Errorf("%w, with --base", err)
			}
		}
	}
	return groups, nil
}

// missing returns an error if a module that a command line names is not there.
func (g *scanGroup) missing() error {
	for _, o := range g.modules {
		if _, err := os.Stat(o.path); err != nil && !o.found {
			return fileError(o.path, err)
		}
	}
	return nil
}

// moduleTree returns the directory that a module belongs to: the one of its release, or else
// the one that a command line names.
func moduleTree(o operand, named []string) string {
	for dir := filepath.Dir(o.path); ; dir = filepath.Dir(dir) {
		if _, _, ok := releaseDir(dir); ok {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	for _, dir := range named {
		if o.found && isBelow(o.path, dir) {
			return dir
		}
	}
	return filepath.Dir(o.path)
}

// isBelow reports whether a path is one below a directory.
func isBelow(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// scan looks at the modules of one kernel, side by side, and prints what comes of it.
func (s *scanner) scan(g *scanGroup) error {
	v, err := s.verifierOn(g.base, s.version)
	if err != nil {
		return &unreadableError{err}
	}
	defer v.chain[0].close()
	version := s.version
	if version == (kernel.Version{}) {
		version = v.chain[0].version()
	}
	p := &scanPrinter{scanner: s, group: g, version: version}
	if err := p.begin(); err != nil {
		return err
	}
	err = inOrder(s.command, s.jobs, g.modules, func(i int, m *scanned) { *m = v.scan(g.modules[i]) }, func(_ int, m *scanned) error {
		if g.loaded != nil {
			m.loaded = loadedWord(g.loaded, m.module)
		}
		return p.print(m)
	})
	if err != nil {
		return err
	}
	return p.finish()
}

func (m scanned) fate() fate {
	switch {
	case m.state == scanUnreadable:
		return fateFailed
	case !m.valid():
		return fateBad
	}
	return fateGood
}

// valid reports whether the kernel gets the BTF as it was made, with all kernel functions.
func (m *scanned) valid() bool { return m.state.inOrder() && m.complete() && !m.lost() }

// verifierOn returns what judges modules on a kernel, the one of base: as a version if that is not
// zero. Its chain is to be closed.
func (c *command) verifierOn(base string, version kernel.Version) (*verifier, error) {
	v := &verifier{command: c, baseNames: []string{base}}
	if version != (kernel.Version{}) {
		v.kernels.versions = []kernel.Version{version}
	}
	var err error
	if v.chain, err = openRawBases(v.baseNames); err != nil {
		return nil, err
	}
	v.loader = rawLoader(v.chain)
	types, _ := v.baseTypes() // who needs it gets the error
	v.target = newSplitTarget(types, v.chain[0].release())
	return v, nil
}

// A scanned module is what there is to say of it.
type scanned struct {
	path, module string
	version      kernel.Version // of the kernel that was asked
	state        scanState
	rep          *verify.Report // nil if no kernel comes to see it
	why          string
	kfuncs       *kfuncResult // nil if it offers none
	loaded       string       // "" if nobody asked
}

// scan looks at one module. Several goroutines may call it.
func (v *verifier) scan(o operand) scanned {
	m := scanned{path: o.path, module: moduleName(o.path)}
	if o.err != nil {
		m.state, m.why = scanUnreadable, o.err.Error()
		return m
	}
	in, err := readModuleOrBTF(o.path)
	if err != nil {
		m.state, m.why = scanUnreadable, err.Error()
		return m
	}
	defer in.close()
	if isBare(in.sections) {
		m.state, m.why = scanBare, errBare.Error()
		return m
	}
	m.version = v.versions(in)[0]
	m.rep = v.judge(in, m.version)
	m.state = stateOf(in, m.rep)
	m.why = scanWhy(m.rep)
	if m.state == scanMatches {
		if err := v.target.otherKernel(in); err != nil {
			m.state, m.why = scanMismatched, "the kernel would accept it, and should not: "+err.Error()
		}
	}
	if m.state.inOrder() {
		audit, err := v.audit(in, func(text string) { v.warn("%s", text) })
		switch {
		case err != nil:
			m.state, m.why = scanUnreadable, err.Error()
		case audit.report == nil || audit.report.Total > 0:
			m.kfuncs = audit
		}
	}
	return m
}

// stateOf sums up what a kernel makes of a module.
func stateOf(in *btfInput, rep *verify.Report) scanState {
	distilled := in.sections.Base != nil
	switch {
	case rep.Verdict() == verify.Unknown, rep.Presumed && !rep.Valid():
		return scanUnknown
	case rep.Refusal != nil && in.isDamaged(): // which no other kernel takes either
		return scanUnreadable
	case rep.Refusal != nil && distilled:
		return scanRefused
	case rep.Refusal != nil:
		return scanMismatched
	case !rep.Valid():
		return scanDanger
	case distilled:
		return scanRelocates
	}
	return scanMatches
}

// scanWhy is what is wrong, on a line; "" for nothing.
func scanWhy(rep *verify.Report) string {
	var f *verify.Finding
	for _, found := range []*verify.Finding{rep.Refusal, rep.Undecided(), rep.Hazard()} {
		if f == nil {
			f = found
		}
	}
	if f == nil && rep.Has(verify.InlineRefused) {
		i := slices.IndexFunc(rep.More, func(f verify.Finding) bool { return f.Class == verify.InlineRefused })
		f = &rep.More[i]
	}
	if f == nil {
		return ""
	}
	text := cmp.Or(f.Cause, logLine(f), f.Message)
	if f.Errno != 0 {
		text = fmt.Sprintf("-%v: %s", f.Errno, text)
	}
	return text
}
