package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
	"github.com/gopahole/gopahole/verify"
)

// checkAll checks all modules on all kernels and prints what comes of it.
func (r *relocateRun) checkAll(operands []string) error {
	found, err := findKernels(r.bases)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	kernels := r.stacks(found)
	modules, err := findOperands(operands, "modules", isModule)
	if err != nil {
		return &unreadableError{err}
	}
	if err := r.prints(r.bases, operands); err != nil {
		return err
	}
	out := bufio.NewWriter(r.stdout)
	defer out.Flush()
	plain := *r.command
	plain.stdout = out

	p := &checkPrinter{command: &plain, verbose: r.verbose, markdown: r.markdown}
	if (len(kernels) > 1 || r.markdown) && !r.json {
		p.table = newCheckTable()
	}
	// Modules stay while one kernel after the other is read; with one kernel not
	// even they do.
	var loaded []*relocatable
	for i, stack := range kernels {
		target, err := r.loadTarget(stack)
		if err != nil {
			return &unreadableError{fmt.Errorf("--base %w", err)}
		}
		if err := p.begin(target); err != nil {
			return err
		}
		load := func(n int) *relocatable {
			if i > 0 {
				return loaded[n]
			}
			return loadOperand(modules[n])
		}
		err = inOrder(r.command, r.jobs, modules, func(n int, c **checked) { *c = check(load(n), target) }, func(_ int, c **checked) error {
			if i == 0 && len(kernels) > 1 {
				loaded = append(loaded, (*c).module)
			}
			return p.print(*c)
		})
		if err != nil {
			return err
		}
	}
	if err := p.finish(); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return stdoutError(err)
	}
	if p.exit != exitOK {
		return &statusError{p.exit}
	}
	return nil
}

// A targetKernel is a kernel that modules are checked on.
type targetKernel struct {
	name    string // of its file
	version kernel.Version
	loader  *verify.Loader
}

// stacks returns the kernels, each with those of --base after it that are split from it:
// modules may be split from these, and no kernel looks at them.
func (r *relocateRun) stacks(names []string) [][]string {
	var stacks [][]string
	for i, name := range names {
		if i > 0 && slices.Contains(r.bases, name) && isSplitFile(name) { // files in directories are kernels
			stacks[len(stacks)-1] = append(stacks[len(stacks)-1], name)
		} else {
			stacks = append(stacks, []string{name})
		}
	}
	return stacks
}

func isSplitFile(name string) bool {
	in, err := readBTFInput(name)
	if err != nil {
		return false
	}
	defer in.close()
	return in.sections.Base == nil && in.isSplit()
}

// loadTarget reads the BTF of a kernel, which it may refuse itself.
func (r *relocateRun) loadTarget(stack []string) (*targetKernel, error) {
	name := stack[0]
	in, err := readBTFInput(name)
	if err != nil {
		return nil, err
	}
	defer in.close()
	if in.sections.Base != nil {
		return nil, refuseDistilled(name)
	}
	raw := in.sections.BTF
	if _, err := btf.ParseLoose(raw, nil); errors.Is(err, btf.ErrNeedBase) || err != nil && !hasMagic(raw) {
		return nil, fileError(name, err)
	}
	t := &targetKernel{name: name, version: r.version, loader: verify.NewLoader(raw, make([][]byte, len(stack)-1)...)}
	if t.version == (kernel.Version{}) {
		t.version = in.version()
	}
	return t, nil
}

// title says which kernel it is and how it is judged.
func (t *targetKernel) title() string {
	if t.version == (kernel.Version{}) {
		return "it is not known which Linux this is; --kernel says it"
	}
	return withRules(t.version)
}

// checked is a module and what a kernel makes of it.
type checked struct {
	module *relocatable
	kernel *targetKernel
	rep    *verify.Report   // nil if the module has an error
	report *relocate.Result // nil if it did not come to relocation
}

// check asks what a kernel makes of a module.
func check(m *relocatable, k *targetKernel) *checked {
	c := &checked{module: m, kernel: k}
	if m.err == nil {
		c.rep = k.loader.Module(k.version, m.sections, verify.Options{})
		c.report = c.rep.Relocation
	}
	return c
}

// The verdicts of what did not come to relocation.
const (
	notDistilled = "not distilled"
	noBTF        = "no BTF"
	unreadable   = "unreadable"
	misread      = "misread"
	unknown      = "unknown"
)

// verdict is the word for the outcome.
func (c *checked) verdict() string {
	switch {
	case errors.Is(c.module.err, errNotDistilled):
		return notDistilled
	case errors.Is(c.module.err, errBare):
		return noBTF
	case c.module.err != nil:
		return unreadable
	case c.rep.Verdict() == verify.Unknown, c.rep.Presumed:
		return unknown
	case c.report != nil:
		return c.report.Outcome.String()
	case c.rep.Refusal != nil:
		return relocate.Refused.String()
	case c.rep.Hazard() != nil:
		return misread
	}
	return relocate.Relocates.String()
}

// why says in one line why a module does not relocate; "" if it does.
func (c *checked) why() string {
	switch {
	case c.module.err != nil:
		return c.module.err.Error()
	case c.rep.Undecided() != nil:
		return c.rep.Undecided().Cause
	case c.rep.Presumed:
		return fmt.Sprintf("%s; %v by these", kernel.Why(c.kernel.version), c.rep.Verdict())
	case c.report != nil && c.report.Refusal != nil:
		return c.report.Refusal.Error()
	case c.report != nil:
		return c.report.Why
	case c.rep.BaseIgnored && c.rep.Refusal != nil:
		return refusal(c.rep.Refusal) + "; " + c.rep.Refusal.Cause
	case c.rep.Refusal != nil:
		return refusal(c.rep.Refusal)
	case c.rep.Hazard() != nil:
		return c.rep.Hazard().Cause
	}
	return ""
}

// inlineRefused returns why the kernel loads a module that relocates without its BTF
// inline, nil if it does not.
func (c *checked) inlineRefused() *verify.Finding {
	if c.rep == nil {
		return nil
	}
	for i := range c.rep.More {
		if f := &c.rep.More[i]; f.Class == verify.InlineRefused {
			return f
		}
	}
	return nil
}

// refusal is a verdict on what comes before relocation, in the form of that on
// relocation.
func refusal(f *verify.Finding) string {
	text := fmt.Sprintf("-%v: ", f.Errno)
	if f.Section != "" {
		text += f.Section + ": "
	}
	return text + cmp.Or(logLine(f), f.Message, f.Cause)
}

func (c *checked) fate() fate {
	switch c.verdict() {
	case relocate.Relocates.String():
		return fateGood
	case unreadable:
		return fateFailed
	case noBTF:
		return fateSkipped
	}
	return fateBad
}

// exit is the exit code for a module.
func (c *checked) exit() int {
	switch c.fate() {
	case fateGood:
		return exitOK
	case fateFailed:
		return exitUnreadable
	}
	return exitFailure
}

// newID is what becomes of an ID, for texts.
func (c *checked) newID(id btf.ID) string {
	if to, ok := c.report.NewID(id); ok {
		return idForm(to)
	}
	return "-"
}
