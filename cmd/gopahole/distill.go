package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/unpack"
	"github.com/gopahole/gopahole/verify"
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
module, status (distilled or failed), error, output, warnings, bytes, types,
base_bytes and base_types.

Exit status: 0 after success; 1 if a module cannot be distilled or written, which
then is as it was; 2 for wrong arguments; 3 for a file that cannot be read, or is
not split from VMLINUX.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		d := &distillRun{command: c}
		fs.StringArrayVar(&d.bases, "base", nil, "what the BTF of MODULE is split from, the BTF of `VMLINUX`")
		fs.StringVarP(&d.output, "output", "o", "", "write to `OUT`, a file or for several modules a directory, and leave MODULE alone")
		dropSignatureFlag(fs, &d.dropSignature)
		on(fs, "json", "", "print a line of JSON for each module", func() { d.json = true })
		return d.run
	},
}

// A distillRun is one run of the verb distill.
type distillRun struct {
	*command
	bases         []string
	output        string // "" to change the module
	dropSignature bool
	json          bool
	guard         *guard
}

// A distillReport is what --json prints for a module.
type distillReport struct {
	Schema    int      `json:"schema"`
	Module    string   `json:"module"`
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
	d.guard = d.newGuard()
	if err := d.guard.reads(roleBase, d.bases...); err != nil {
		return err
	}
	base, err := loadBases(d.bases, d.warnOfDistilled)
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
		if err := d.nameCopies(modules); err != nil {
			return err
		}
	} else {
		modules[0].output = d.output // and none of several
	}
	var codes statusCodes
	done := 0
	for _, m := range modules {
		report, err := d.module(m, base)
		if cause, ok := context.Cause(d.context()).(*signalError); ok && err != nil {
			return &batchInterruptedError{cause, "distilled", done, len(modules)}
		}
		if err == nil {
			done++
		}
		if d.json {
			if err := d.printJSON(report); err != nil {
				return err
			}
		}
		if alone {
			return err
		}
		if err != nil {
			d.complain(err)
		}
		codes.add(err)
	}
	return codes.result("distilled")
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

// module distills one module and says what came of it.
func (d *distillRun) module(m *batchModule, base *btf.Types) (*distillReport, error) {
	report := &distillReport{Schema: jsonSchema, Module: m.path, Status: statusFailed}
	err := m.err
	if err == nil {
		err = d.distill(m, base, report)
	}
	if err != nil {
		report.Error = err.Error()
		return report, err
	}
	report.Status = statusDistilled
	if report.Output = m.output; m.output == "" {
		report.Output = m.path
	}
	return report, nil
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
	types, err := parseOn(base, sections.BTF)
	if err != nil {
		return &unreadableError{fileError(name, err)}
	}
	var ids *btfids.Table
	if sections.ELF {
		if ids, err = readIDs(name, file); err != nil {
			return fileError(name, err)
		}
	}
	newBase, split, err := distill.Distill(types, wantedByIDs(ids, types)...)
	if err != nil {
		return fileError(name, err)
	}
	report.Bytes, report.Types = len(split.Bytes()), int(split.NumIDs()-split.FirstID())
	report.BaseBytes, report.BaseTypes = len(newBase.Bytes()), int(newBase.NumIDs()-1)
	if sections.ELF {
		return d.writeModule(m, file, newBase, split, d.resolveIDs(ids, split, report))
	}
	return d.writeRaw(m, file, newBase, split)
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
	case distilled && sections.ELF:
		return fileError(name, errors.New("has a distilled base already, in its section .BTF.base"))
	case distilled:
		return fileError(name, fmt.Errorf("has a distilled base already, in the file %s", name+distilledSuffix))
	case m.output != "":
		return d.guard.writesRaw(m.output, !sections.ELF)
	}
	return checkInPlace(name)
}

// parseOn parses split BTF. Nothing in the format says on what base it was made,
// but it mostly can be guessed, and on another one it would be nonsense.
func parseOn(base *btf.Types, raw []byte) (*btf.Types, error) {
	if _, err := btf.Parse(raw, nil); err == nil {
		return nil, errors.New("its BTF stands alone, and is not split from a base")
	}
	types, err := btf.Parse(raw, base)
	origin := verify.GuessOrigin(raw)
	ids, strs := int(base.NumIDs()), int(base.StringEnd())
	if origin.IDs != 0 && origin.IDs != ids || origin.StringBytes != 0 && origin.StringBytes != strs {
		return nil, fmt.Errorf("its BTF was made on another base, with %s; --base has %d types and %d bytes of strings",
			describeOrigin(origin), ids-1, strs)
	}
	if err == nil && types.ByteOrder() != base.ByteOrder() {
		return nil, errOtherOrder
	}
	return types, err
}

func describeOrigin(o verify.Origin) string {
	switch {
	case o.IDs == 0:
		return fmt.Sprintf("%d bytes of strings", o.StringBytes)
	case o.StringBytes == 0:
		return fmt.Sprintf("%d types", o.IDs-1)
	}
	return fmt.Sprintf("%d types and %d bytes of strings", o.IDs-1, o.StringBytes)
}

// writeModule puts the result into a module or into a copy of it.
func (d *distillRun) writeModule(m *batchModule, file *unpack.File, base, split *btf.Types, ids []byte) error {
	contents := []elffile.Content{
		{Name: ".BTF", Data: split.Bytes()},
		{Name: ".BTF.base", Data: base.Bytes()},
	}
	if ids != nil {
		contents = append(contents, elffile.Content{Name: btfids.SectionName, Data: ids})
	}
	back := &btf.Sections{BTF: contents[0].Data, Base: contents[1].Data}
	opts := elffile.Options{DropSignature: d.dropSignature, ReadBack: back.ReadBack}
	name := m.path
	var err error
	if m.output == "" {
		opts.Check = d.guard.lastInPlace(name)
		err = elffile.SetSections(name, contents, opts)
	} else {
		opts.Compress = unpack.FormatOf(m.output)
		opts.Check = d.guard.last([]string{m.output}, []string{name})
		var f *elffile.File
		if f, err = elffile.New(name, file, file.Size()); err == nil {
			err = f.WriteCopy(m.output, contents, opts)
			f.Close()
		}
		d.guard.wrote(m.output)
		name = m.output
	}
	if err != nil {
		return changeError(name, err)
	}
	return nil
}

// readIDs reads the section .BTF_ids; without one that has contents, the table is
// nil. Its IDs are those of .BTF and its base, which both change.
func readIDs(name string, file *unpack.File) (*btfids.Table, error) {
	f, err := elffile.New(name, file, file.Size())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if s := f.Section(btfids.SectionName); s == nil || !s.HasData() || s.Size == 0 {
		return nil, nil
	}
	table, err := btfids.Read(f)
	if errors.Is(err, btfids.ErrNone) {
		return nil, fmt.Errorf("its section %s needs new IDs, and nothing says of which types: it has no symbol table", btfids.SectionName)
	}
	return table, err
}

// wantedByIDs returns the types of the base that .BTF_ids asks for, as far as a
// distilled base can have them. resolve_btfids would not find those any more that
// no type of the module refers to.
func wantedByIDs(table *btfids.Table, types *btf.Types) []btf.ID {
	if table == nil {
		return nil
	}
	var ids []btf.ID
	for _, slot := range table.Slots() {
		if slot.ID == 0 || slot.ID >= types.FirstID() {
			continue
		}
		switch types.Record(slot.ID).Kind() {
		case btf.KindStruct, btf.KindUnion, btf.KindTypedef:
			ids = append(ids, slot.ID)
		}
	}
	return ids
}

// resolveIDs returns new contents for .BTF_ids, nil for a module without. Kernels
// translate the IDs when they relocate the types.
func (d *distillRun) resolveIDs(table *btfids.Table, split *btf.Types, report *distillReport) []byte {
	if table == nil {
		return nil
	}
	result := table.Resolve(split)
	for _, w := range result.Warnings {
		d.warn("%s: %s", report.Module, w)
		report.Warnings = append(report.Warnings, w.String())
	}
	return result.Data
}

// writeRaw writes two files, of which the one with the base is not compressed.
func (d *distillRun) writeRaw(m *batchModule, file *unpack.File, base, split *btf.Types) error {
	w := writing{inputs: []string{m.path}, inPlace: m.output == ""}
	name, format := m.path, file.Format
	if !w.inPlace {
		name, format = m.output, unpack.FormatOf(m.output)
	}
	w.outputs = rawOutputs(name, split, base)
	last := &w.outputs[len(w.outputs)-1]
	last.src = format.Compress(last.src)
	return d.guard.write(w)
}
