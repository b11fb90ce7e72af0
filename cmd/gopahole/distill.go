package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync/atomic"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/libbpf"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/unpack"
)

// distillVerb makes the BTF of a module independent of its kernel.
var distillVerb = verb{
	name:      "distill",
	arguments: "--base VMLINUX [-o OUT] MODULE|DIR...",
	summary:   "Give modules that have BTF a distilled base, so that they suit other kernels; no DWARF is needed",
	example: `distill --base=vmlinux module.ko
		distill --base=/sys/kernel/btf/vmlinux -o new.ko module.ko.xz
		distill --base=vmlinux -o out drivers/`,
	details: `
MODULE is a module with the section .BTF, or a file with raw split BTF. VMLINUX
has to be what that BTF was made on: a kernel, or a file with its raw BTF. Of
several --base, each is split from the one before. Inputs may be compressed, and
then stay so in place; a copy is compressed if its name ends in .xz, .zst or .gz.

A module gets the sections .BTF.base and .BTF, and new IDs in .BTF_ids, if it has
that: in place, or in a copy, OUT. For raw BTF, the distilled base goes to a
second file, MODULE.base or OUT.base.

A DIR stands for all modules below it. Of a DIR and of several modules, OUT is a
directory, which is made if it does not exist. A module that cannot be distilled
does not keep others from it. With --json a line for each goes to standard output:
file, status (distilled or failed), error, output, warnings, bytes, types,
base_bytes and base_types.

Exit status: 0 after success; 1 if a module cannot be distilled or written, which
then is as it was; 2 for wrong arguments; 3 for a file that cannot be read, or is
not split from VMLINUX.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		d := &distillRun{command: c}
		baseList(fs, &d.bases, "what the BTF of MODULE is split from, the BTF of `VMLINUX`")
		c.outputFlag(fs, &d.output, "write to `OUT`, a file or for several modules a directory, and leave MODULE alone")
		compatFlag(fs, &d.compat)
		debugDirFlag(fs, &d.debugDirs)
		dropSignatureFlag(fs, &d.dropSignature)
		jobsFlag(fs, &d.jobs, "distill")
		c.jsonFlag(fs, "print a line of JSON for each module")
		c.verboseFlag(fs, "say what became of each module")
		return d.run
	},
}

// A distillRun is one run of the verb distill.
type distillRun struct {
	*command
	bases         []string
	output        string // "" to change the module
	compat        libbpf.Version
	debugDirs     []string
	dropSignature bool
	jobs          int
	several       bool // copies are made, which are not synced one by one
	guard         *guard
}

// A distillReport is what --json prints for a module.
type distillReport struct {
	jsonHead
	Status    string   `json:"status"`
	Error     string   `json:"error,omitempty"`
	Output    string   `json:"output,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Bytes     int      `json:"bytes,omitempty"`
	Types     int      `json:"types,omitempty"`
	BaseBytes int      `json:"base_bytes,omitempty"`
	BaseTypes int      `json:"base_types,omitempty"`
}

func (d *distillRun) run(operands []string) error {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes modules or directories"}
	case len(d.bases) == 0:
		return &verbUsageError{"--base says what the modules' BTF is split from"}
	}
	switch {
	case d.json && d.output == stdoutFile:
		return errTwoResults
	case d.output == "" && slices.Contains(operands, stdinFile):
		return &verbUsageError{"standard input cannot be changed in place: -o says where the result goes"}
	}
	d.guard = d.newGuard()
	if err := d.guard.reads(roleBase, d.bases...); err != nil {
		return err
	}
	bases, err := loadBases(d.bases, d.warnOfDistilled)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	modules, err := findModules(operands)
	if err != nil {
		return &unreadableError{err}
	}
	for _, m := range modules {
		if err := d.guard.reads(roleInput, m.path); err != nil {
			return err
		}
	}
	alone := len(modules) == 1 && modules[0].path == operands[0] && !isDirectory(d.output)
	if d.output != "" && !alone {
		d.several = true
		if err := d.nameCopies(modules); err != nil {
			return err
		}
	} else {
		modules[0].output = d.output // and none of several
	}
	if !alone {
		return d.all(modules, bases.types())
	}
	done := d.module(modules[0], bases.types())
	if err := d.interrupted(0, modules); err != nil && done.err != nil {
		return err
	}
	if err := d.print(&done); err != nil {
		return err
	}
	return done.err
}

// all distills modules side by side, and says in their order what came of them.
func (d *distillRun) all(modules []*batchModule, base *btf.Types) error {
	var codes statusCodes
	var distilled atomic.Int64
	err := inOrder(d.command, d.jobs, modules, func(i int, done *distillDone) {
		if *done = d.module(modules[i], base); done.err == nil {
			distilled.Add(1)
		}
	}, func(_ int, done *distillDone) error {
		if done.err != nil && d.context().Err() != nil {
			return done.err
		}
		if err := d.print(done); err != nil {
			return err
		}
		if done.err != nil {
			d.complain(done.err)
		}
		codes.add(done.err)
		return nil
	})
	if err != nil {
		return cmp.Or(d.interrupted(int(distilled.Load()), modules), err)
	}
	return codes.result("distilled")
}

// interrupted is the error after a signal, when some of the modules were distilled; nil without
// a signal.
func (d *distillRun) interrupted(distilled int, modules []*batchModule) error {
	if cause, ok := context.Cause(d.context()).(*signalError); ok {
		return &batchInterruptedError{cause, statusDistilled, distilled, len(modules)}
	}
	return nil
}

// A distillDone is what came of a module.
type distillDone struct {
	report distillReport
	err    error
}

func (d distillDone) fate() fate { return fateOf(d.err) }

// print prints the warnings of a module, and its line of JSON if that is asked for.
func (d *distillRun) print(done *distillDone) error {
	for _, text := range done.report.Warnings {
		d.warn("%s", text)
	}
	if done.err == nil {
		r := &done.report
		d.say("%s: distilled%s", r.File, sizesText(r.Types, r.Bytes, r.BaseTypes, r.BaseBytes))
	}
	if d.json {
		return d.printJSON(&done.report)
	}
	return nil
}

// nameCopies gives each module its file in the directory for the copies, and makes
// that.
func (d *distillRun) nameCopies(modules []*batchModule) error {
	if err := nameOutputs(modules, d.output, func(name string) string { return name }); err != nil {
		return &verbUsageError{err.Error()}
	}
	if err := os.MkdirAll(d.output, 0o777); err != nil {
		return fileError(d.output, err)
	}
	return nil
}

// module distills one module. Several goroutines may call it.
func (d *distillRun) module(m *batchModule, base *btf.Types) (done distillDone) {
	report := &done.report
	*report = distillReport{jsonHead: d.jsonHead(m.path), Status: statusFailed}
	if done.err = m.err; done.err == nil {
		done.err = d.distill(m, base, report)
	}
	if done.err != nil {
		report.Error = done.err.Error()
		return done
	}
	report.Status = statusDistilled
	if report.Output = m.output; m.output == "" {
		report.Output = m.path
	}
	return done
}

// distill distills one module and completes its report.
func (d *distillRun) distill(m *batchModule, base *btf.Types, report *distillReport) error {
	name := m.path
	d.guard.opens(name)
	file, err := openInput(name)
	if err != nil {
		return &unreadableError{err}
	}
	defer file.Close()
	sections, err := btf.ReadSections(file, file.Size())
	if err != nil {
		return &unreadableError{fileError(name, err)}
	}
	if err := d.check(m, file, sections); err != nil {
		return err
	}
	mod := new(module.Module)
	if err := module.Run(d.context(), mod, module.Load(sections, base)); err != nil {
		return &unreadableError{fileError(name, err)}
	}
	steps := []module.Step{module.Distill(module.DistillOptions{KeepIDs: true, Compat: d.compat})}
	if sections.ELF {
		f, err := elffile.New(name, file, file.Size())
		if err != nil {
			return fileError(name, err)
		}
		defer f.Close()
		mod.Files = []*elffile.File{f}
		steps = []module.Step{module.ReadIDs(module.DebugFiles{Dirs: d.debugDirs, Opened: d.guard.finds(name)}), steps[0], module.UnfillIDs(base), module.FillIDs()}
	}
	if err := module.Run(d.context(), mod, steps...); err != nil {
		return fileError(name, err)
	}
	for _, w := range mod.Warnings {
		report.Warnings = append(report.Warnings, warningText(name, w))
	}
	split, newBase := mod.BTF, mod.Base
	report.Bytes, report.Types = split.Size(), int(split.NumIDs()-split.FirstID())
	report.BaseBytes, report.BaseTypes = newBase.Size(), int(newBase.NumIDs()-1)
	if sections.ELF {
		return d.writeModule(m, mod)
	}
	return d.writeRaw(m, file, mod)
}

// check refuses what is distilled already, and what cannot be written, before
// the work is done.
func (d *distillRun) check(m *batchModule, file *unpack.File, sections *btf.Sections) error {
	name := m.path
	distilled := sections.Base != nil
	if !sections.ELF {
		_, err := os.Stat(name + distilledSuffix)
		distilled = !errors.Is(err, fs.ErrNotExist)
	}
	if m.output == "" {
		if err := d.guard.inPlace(name); err != nil {
			return err
		}
	}
	switch {
	case sections.Inline != nil:
		return fileError(name, errors.New("has BTF inline in "+btf.InlineSection+", whose IDs are those of its .BTF as it is: "+
			"build it with a distilled base (resolve_btfids --distill_base --inline)"))
	case distilled && sections.ELF:
		return fileError(name, errors.New("has a distilled base already, in its section .BTF.base"))
	case distilled:
		return fileError(name, fmt.Errorf("has a distilled base already, in the file %s", name+distilledSuffix))
	case m.output != "":
		return d.guard.writesRaw(m.output, !sections.ELF)
	}
	return checkInPlace(name)
}

// writeModule puts the result into a module or into a copy of it.
func (d *distillRun) writeModule(m *batchModule, mod *module.Module) error {
	opts := elffile.Options{DropSignature: d.dropSignature, NoSync: d.several}
	if m.output == "" {
		opts.Check = d.guard.lastInPlace(m.path)
		return embed(mod, m.path, opts)
	}
	opts.Compress = unpack.FormatOf(m.output)
	opts.Check = d.guard.last([]string{m.output}, []string{m.path})
	err := module.Run(context.Background(), mod, module.EmbedCopy(m.output, opts))
	d.guard.wrote(m.output)
	if err != nil {
		return changeError(m.output, err)
	}
	return nil
}

// writeRaw writes two files, of which the one with the base is not compressed.
func (d *distillRun) writeRaw(m *batchModule, file *unpack.File, mod *module.Module) error {
	w := writing{inputs: []string{m.path}, inPlace: m.output == "", noSync: d.several}
	name, format := m.path, file.Format
	if !w.inPlace {
		name, format = m.output, unpack.FormatOf(m.output)
	}
	w.outputs = outputsOf(mod.Detached(name))
	last := &w.outputs[len(w.outputs)-1]
	last.src = format.Compress(last.src)
	return d.guard.write(w)
}
