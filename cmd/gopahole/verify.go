package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify"
)

var verifyVerb = verb{
	name:      "verify",
	arguments: "[OPTION...] FILE...",
	summary:   "Say what a kernel will say of the BTF of files: whether it accepts it, and if not, with which words",
	example: `verify vmlinux
		verify --base=vmlinux drivers/net/virtio_net.ko
		verify --kernel=6.12,7.2 --base=/sys/kernel/btf/vmlinux --kfuncs *.ko.xz`,
	details: `
FILE is an ELF file with the section .BTF or raw BTF, compressed or not. A module
with .BTF.base is judged as the kernel loads it: the base, the BTF on it, and then
the move onto the BTF of --base. A module without is split from the BTF of --base.
Where one --base is split from another, the kernel has the first of them alone, and
refuses what is split from more and has no .BTF.base.
Raw BTF in a file F has its distilled base, if any, in F.base.

BTF inline, in .BTF.inline or a file F.inline beside F, is judged with the BTF that it
is split from. A kernel that refuses that of a module warns, and loads the module
without: the module is accepted, and the line "BTF inline refused" says why.

The kernel that counts is the one that loads the file: that of --base, or, for a
vmlinux and its BTF, the file itself. vmlinux says which release it is, and the path
/sys/kernel/btf/vmlinux that it is the running one, and so does a name as in archives,
6.12.1-amd64.btf. Where other raw BTF is the base,
it is the kernel that the module was built for, or --kernel has to say it. The rules
are those of that release, so a kernel before ` + sinceBase + `, which does not know .BTF.base,
is judged by what it makes of .BTF alone. Where the types of --base tell that a
distribution has carried that change back, or that the kernel does not look at the
BTF of modules, that counts.

--kernel takes releases (` + kernel.List() + `, ...) and the
word load, which asks for what the system call BPF_BTF_LOAD checks: more than a
kernel does with BTF of its own.

A verdict is accepted, refused or unknown. For a file that is refused there are the
kernel's error and the last line of its log, and a guess at cause and cure. It is
unknown where no rule tells: for a release that nobody names, for those that are
older than all that are known, or between two whose rules say different things; what
the nearest rules say is printed then. A kernel that is newer than all that are known
is judged by the newest rules: the verdict is presumably accepted or presumably
refused, and a warning says so. It is unknown if these rules say different things, or
if there are kinds of types that they do not have. What a kernel accepts and
should not is a danger. With -v there are also what the kernel did not come to, and
what only BPF_BTF_LOAD would refuse.

A file whose sets in .BTF_ids list kernel functions without the tag bpf_kfunc gets a
warning. --fatal_warnings makes warnings errors.

With --kfuncs, each function that a kernel or module offers to BPF programs (in
sets of .BTF_ids) has to have its FUNC, with the tag bpf_kfunc; without, programs
that call it are refused. If the file is stripped of the symbols of that section,
those of its debug file are taken.

--json prints an object on a line for each file and kernel:
  file, kernel ("" if it is not known), rules, load, verdict, accepted, valid,
  types, base (ids and string_bytes), and findings (class, section, id, kind,
  name, element, errno (name and number), message, line, cause)
with --kfuncs another one for each file:
  file, kfuncs (number), complete, why, and missing (name, and what is missing)
for a module without BTF, which a kernel does not look at:
  file, verdict ("no BTF"), and why
and for a file that cannot be read:
  file and error

Exit status: 0 if all are valid, if only presumably, 1 if some are not or it is not
known, 2 for wrong arguments, 3 for a file that cannot be read, which no kernel comes
to see.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		v := &verifier{command: c}
		fs.Func("kernel", "judge as these kernels do: a comma separated `LIST` of releases ("+kernel.List()+", ...) and load", func(list string) error {
			return v.kernels.set("kernel", list)
		})
		baseList(fs, &v.baseNames, "what the BTF of modules is split from or moved onto, "+
			"a `FILE` of either sort; given again, that one on top of it")
		on(fs, "kfuncs", "", "look for FUNC and bpf_kfunc tag of each kernel function in .BTF_ids", func() { v.kfuncs = true })
		debugDirFlag(fs, &v.debugDirs)
		c.jsonFlag(fs, "print a line of JSON for each file and kernel")
		fatalFlag(fs, &v.fatal, "a warning is an error: kernel functions without tags, kinds or kernels that are not known yet")
		quietFlag(fs, &c.quiet)
		jobsFlag(fs, &v.jobs, "look at")
		on(fs, "verbose", "v", "print all that is wrong", func() { v.verbose = true })
		return v.run
	},
}

// A verifier is one run of the verb verify.
type verifier struct {
	*command
	kernels   kernels // that were asked for
	baseNames []string
	debugDirs []string
	kfuncs    bool
	verbose   bool
	fatal     bool // warnings are errors
	jobs      int

	chain   []*btfInput    // bases, each split from the one before
	loader  *verify.Loader // of the chain; nil without one
	askBase sync.Once
	ofBase  kernel.Version  // that the first base says
	said    map[string]bool // warnings
	target  *splitTarget    // of the chain, for scan

	parse    sync.Once
	parsed   *btf.Types // the last base, for audits
	parseErr error      // or why it cannot be parsed
}

func (v *verifier) run(operands []string) error {
	if len(operands) == 0 {
		return &verbUsageError{"takes files"}
	}
	if err := v.prints(v.baseNames, operands); err != nil {
		return err
	}
	defer func() {
		for _, base := range v.chain {
			base.close()
		}
	}()
	var err error
	if v.chain, err = openRawBases(v.baseNames); err != nil {
		return &unreadableError{err}
	}
	v.loader = rawLoader(v.chain)
	files, err := findOperands(operands, "modules or BTF", holdsBTF)
	if err != nil {
		return &unreadableError{err}
	}
	code := exitOK
	err = inOrder(v.command, v.jobs, files, func(i int, f *verified) { *f = v.operand(files[i]) }, func(_ int, f *verified) error {
		status, err := v.printFile(f)
		if code == exitOK || status == exitUnreadable {
			code = status
		}
		return err
	})
	if err != nil {
		return err
	}
	if code == exitOK && v.fatal && len(v.said) > 0 {
		return fmt.Errorf("warnings (%d) with --fatal_warnings", len(v.said))
	}
	if code != exitOK {
		return &statusError{code}
	}
	return nil
}

// warnOnce prints a warning, unless it was printed for another file.
func (v *verifier) warnOnce(text string) {
	if v.said[text] {
		return
	}
	if v.said == nil {
		v.said = map[string]bool{}
	}
	v.said[text] = true
	v.warn("%s", text)
}

// holdsBTF reports whether a file below a directory is to be judged: a module, or raw
// BTF as the verb encode writes it.
func holdsBTF(path string, entry fs.DirEntry) bool {
	return isModule(path, entry) || entry.Type().IsRegular() && strings.HasSuffix(path, ".btf")
}

// A verified file is what there is to print of it.
type verified struct {
	name     string
	err      error // why it cannot be read
	bare     bool  // it is a module without BTF
	valid    bool
	results  []verifyResult
	audit    *kfuncResult // nil if nobody asks
	warnings []string
	once     []string // warnings that are printed once for all files
}

func (f verified) fate() fate {
	switch {
	case f.err != nil:
		return fateFailed
	case f.bare:
		return fateSkipped
	case !f.valid:
		return fateBad
	}
	return fateGood
}

// operand judges a file of the command line. Several goroutines may call it.
func (v *verifier) operand(o operand) verified {
	f := verified{name: o.path, err: o.err}
	if f.err == nil {
		f.err = v.file(&f)
	}
	return f
}

// file judges one file for all versions. The error is about a file that cannot be read.
func (v *verifier) file(f *verified) error {
	in, err := readModuleOrBTF(f.name)
	if err != nil {
		return err
	}
	defer in.close()
	if in.sections, err = withMain(f.name, in.sections); err != nil {
		return err
	}
	if distilled := f.name + distilledSuffix; !in.sections.ELF && in.sections.Inline == nil && !slices.Contains(v.baseNames, distilled) {
		if in.sections.Base, err = loadDistilled(f.name); err != nil {
			return err
		}
	}
	if f.bare = isBare(in.sections); f.bare {
		return nil
	}
	f.valid = true
	for _, version := range v.versions(in) {
		rep := v.judge(in, version)
		f.once = append(f.once, ofNew(in, version, rep)...)
		f.valid = f.valid && rep.Valid()
		f.results = append(f.results, verifyResult{name: in.name, version: version, load: v.kernels.load, rep: rep})
	}
	if !v.kfuncs {
		if text := v.untagged(in); text != "" {
			f.once = append(f.once, text)
		}
		return nil
	}
	if f.audit, err = v.audit(in, func(text string) { f.warnings = append(f.warnings, text) }); err != nil {
		return err
	}
	f.valid = f.valid && f.audit.complete()
	return nil
}

// ofNew returns warnings that a kernel, or a kind of types in the BTF, is newer than all that
// are known.
func ofNew(in *btfInput, version kernel.Version, rep *verify.Report) (warnings []string) {
	if guess := kernel.Guess(version); guess != "" {
		warnings = append(warnings, guess)
	}
	if kind, ok := rep.UnknownKind(); ok {
		warnings = append(warnings, warningText(in.name, module.KindsWarning{Kinds: []btf.Kind{kind}}))
	}
	return warnings
}

// judge asks the kernel of a version.
func (v *verifier) judge(in *btfInput, version kernel.Version) *verify.Report {
	o := verify.Options{Load: v.kernels.load, Order: in.order, PointerSize: in.pointerSize, More: 20}
	if v.loader != nil {
		o.Order = v.chain[0].order // nil for raw BTF: that of the base
	} else if in.sections.Base == nil && in.isSplit() {
		const why = "it is split BTF, and what a kernel says depends on its base: --base names it"
		return &verify.Report{More: []verify.Finding{{Class: verify.Undecided, Cause: why}}}
	}
	return v.loader.Module(version, in.sections, o)
}

// versions returns the kernels to ask about a file, in the order that package module
// has for what is encoded: those of --kernel, the one that has the base, the one that
// the file is of or for. It is zero if nobody says which it is.
func (v *verifier) versions(in *btfInput) []kernel.Version {
	k := module.Kernels{Named: v.kernels.versions}
	if len(v.chain) > 0 && k.Named == nil {
		v.askBase.Do(func() { v.ofBase = v.chain[0].version() }) // reads a table of symbols
		k.OfBase = v.ofBase
	}
	if decided := k.Decided(); decided != nil {
		return decided
	}
	return []kernel.Version{in.version()}
}

// baseTypes returns the base for audits.
func (v *verifier) baseTypes() (*btf.Types, error) {
	v.parse.Do(func() {
		for _, in := range v.chain {
			if v.parsed, v.parseErr = btf.ParseLoose(in.sections.BTF, v.parsed); v.parseErr != nil {
				v.parseErr = fileError(in.name, v.parseErr)
				return
			}
		}
	})
	return v.parsed, v.parseErr
}
