package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/relocate"
)

// relocateVerb says whether modules relocate onto kernels, or relocates one.
var relocateVerb = verb{
	name:      "relocate",
	arguments: "--check --base NEW... MODULE... | --base NEW -o OUT MODULE",
	summary:   "Say what a kernel with the BTF in NEW makes of modules with a distilled base, or relocate one onto it",
	example: `relocate --check --base=/sys/kernel/btf/vmlinux module.ko
		relocate --check -v --base=vmlinux modules/
		relocate --check --base=kernels/ --base=vmlinux *.ko.xz
		relocate --base=vmlinux -o module.btf module.ko`,
	details: `
MODULE is a module with .BTF and .BTF.base, a file F with raw BTF whose distilled
base is in F.base, or a directory with modules. NEW is a kernel or a file with its
raw BTF, or a directory with some. All may be compressed.

With --check there is a line that says which kernel NEW is and by which rules it is
judged, then one for each module with the verdict and the words of the kernel, then
dangers that the kernel does not look at; with several NEW a table, and below it
what kernels say. Verdicts are
  relocates      the kernel loads the module's BTF
  refused        it does not, with this error number and message in its log
  crashes, hangs the kernel does, as it relies on BTF that makes sense
  misread        the kernel takes IDs for others
  not distilled  the BTF has no distilled base, and suits one kernel only
  no BTF         the kernel loads the module, and has nothing to look at
  unknown        no rule tells what that kernel does: nobody knows which release
                 it is, or what that release checks; or the BTF has so many types
                 of one name, or so long names, that nobody compares them
-v adds a table of the distilled types: what was found for each, its new ID, and
what came closest; and the IDs in .BTF_ids with the new ones.

The kernel that counts is the one of NEW. vmlinux says which release it is, and the
path /sys/kernel/btf/vmlinux that it is the running one, and so does a name as in
archives, 6.12.1-amd64.btf; for other raw BTF --kernel has to say it. A kernel before ` + sinceBase + ` does not know .BTF.base: it takes .BTF for types
on top of its own, which it refuses or misreads. Where the types of NEW tell whether
it does, as in kernels of distributions that carry changes back, that counts. How
kernels relocate is the same from ` + sinceBase + ` to ` + kernel.Newest().Last.String() + `; what they check before, they check
by the rules of their release. A refused module is not loaded ("failed to validate
module [NAME] BTF: -22" in the log), or, from ` + sinceMismatch + ` on, with CONFIG_MODULE_ALLOW_BTF_MISMATCH
loaded without its BTF.

With -o the relocated BTF is written to OUT as raw data, as libbpf makes it, and that of
.BTF.inline to OUT.inline. That may
be on top of several --base, each split from the one before; kernels have the first of
them alone, and so has --check.

--json prints an object on a line for each module and NEW:
  file, base, kernel ("" if it is not known), rules, verdict, errno (name and
  number), message (the kernel's, "" if it logs nothing), reason, dangers, inline_refused (why the
  kernel has no BTF inline of it), matched (number of types),
  types (with -v: id, kind, name, size, state, new_id, embedded, referenced, note)
  and ids (with -v: offset, id, name, new_id); error for a module that cannot be read
or with -o about the one that was written:
  file, base, output, bytes and types

Exit status: 0 if all relocate, 1 if some do not or it is not known, 2 for wrong
arguments, 3 if a file cannot be read.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		r := &relocateRun{command: c}
		baseList(fs, &r.bases, "the BTF of a kernel, `NEW`, to relocate onto; "+
			"one that is split from the one before goes on top of it")
		on(fs, "check", "", "say what would happen", func() { r.check = true })
		kernelFlag(fs, &r.version, "with --check: every NEW is a kernel of this `RELEASE` ("+kernel.List()+", ...), whatever it says itself")
		jobsFlag(fs, &r.jobs, "with --check: look at")
		on(fs, "verbose", "v", "with --check: say it for each type", func() { r.verbose = true })
		on(fs, "markdown", "", "with --check: print the table as Markdown, as for the summary of a run on GitHub", func() { r.markdown = true })
		c.outputFlag(fs, &r.output, "write the relocated BTF to `OUT`")
		c.jsonFlag(fs, "print lines of JSON")
		return r.run
	},
}

// A relocateRun is one run of the verb relocate.
type relocateRun struct {
	*command
	bases          []string
	version        kernel.Version // of all bases; zero: what they say themselves
	check, verbose bool
	markdown       bool
	jobs           int
	output         string
}

func (r *relocateRun) run(operands []string) error {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes modules"}
	case len(r.bases) == 0:
		return &verbUsageError{"--base says what to relocate onto"}
	case r.check == (r.output != ""):
		return &verbUsageError{"either --check or -o OUT says what to do"}
	case r.markdown && (r.json || !r.check):
		return &verbUsageError{"--markdown is one form of what --check prints, --json another"}
	case r.check:
		return r.checkAll(operands)
	case len(operands) > 1:
		return errOneModule
	case r.json && r.output == stdoutFile:
		return errTwoResults
	}
	return r.write(operands[0])
}

// errOneModule is about the operands of -o.
var errOneModule = &verbUsageError{"-o takes one module and one --base, with those that are split from it"}

// errOtherOrder says that a module is for another machine than the base.
var errOtherOrder = errors.New("its BTF is of the other byte order than the base")

// A relocateReport is what --json prints about a relocated module.
type relocateReport struct {
	jsonHead
	Base   string `json:"base"`
	Output string `json:"output"`
	Bytes  int    `json:"bytes"`
	Types  int    `json:"types"`
}

// write relocates one module.
func (r *relocateRun) write(name string) error {
	g := r.newGuard()
	if err := errors.Join(g.reads(roleBase, r.bases...), g.reads(roleInput, name), g.writes(r.output)); err != nil {
		return err
	}
	chain, err := loadBases(r.bases, refuseDistilled)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	if len(chain) < len(r.bases) {
		return errOneModule
	}
	base := chain.types()
	m := loadRelocatable(name)
	switch {
	case errors.Is(m.err, errNotDistilled), errors.Is(m.err, errBare):
		return fileError(name, m.err)
	case m.err != nil:
		return &unreadableError{m.err}
	}
	types, err := m.parse()
	switch {
	case err != nil:
		return err
	case types.ByteOrder() != base.ByteOrder():
		return fileError(name, errOtherOrder)
	}
	moved, inline, err := m.relocate(types, relocate.NewTarget(base))
	if err != nil {
		return fileError(name, err)
	}
	w, err := rawWriting(r.output, &module.Module{BTF: moved}, r.warn, errLeftBase)
	if err != nil {
		return err
	}
	if inline != nil {
		w.outputs = append(w.outputs, output{r.output + inlineSuffix, bytes.NewReader(inline.Bytes())})
	}
	w.inputs = []string{name, name + distilledSuffix}
	if err := g.write(w); err != nil {
		return err
	}
	if !r.json {
		return nil
	}
	return r.printJSON(&relocateReport{
		jsonHead: r.jsonHead(name), Base: r.bases[0], Output: r.output,
		Bytes: moved.Size(), Types: int(moved.NumIDs() - moved.FirstID()),
	})
}
