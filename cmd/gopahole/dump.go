package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/relocate"
)

var dumpVerb = verb{
	name:      "dump",
	arguments: "[-B BASE] [--format=FORMAT] [NAME|PATTERN|ID ...] FILE",
	summary:   "Print the BTF of an ELF file or of raw data: as text, JSON, a C header, or memory layouts",
	example:   "dump -B vmlinux module.ko\ndump --format=layout task_struct vmlinux",
	details: `
Without names all types are printed. A name stands for all types that have it; in a
pattern * is any text, ? a character and [...] one of some, and a number is an ID.

--format says how, each as the tool does that has it:
  raw     one type after the other: ` + "`bpftool btf dump file FILE format raw'" + `
  json    the same as JSON: ` + "`bpftool -j', or with --pretty `bpftool -p'" + `
  c       a header with the types and what they need, the vmlinux.h of BPF programs:
          ` + "`format c'" + `
  layout  structs and unions with offsets, holes and cache lines: ` + "`pahole -F btf'" + `

FILE may be the word running, for the kernel that runs. A file without BTF but with
DWARF is printed as it would be encoded, with -B on top of BASE.

A module with .BTF.base stands on that base alone. With -B it is relocated onto BASE
first, as bpftool and the kernel do, and has the IDs that it would have there; if
that cannot be, nothing is printed and the status is 1. The files of modules in
/sys/kernel/btf stand on vmlinux there, also without -B.

--inline prints .BTF.inline of FILE, which says where functions were inlined. It is split
from .BTF. A file F.inline has raw BTF inline, as FILE.BTF.inline and those in
/sys/kernel/btf; F has to be beside it, or --base_btf names the file.

Exit status: 0, 1 for a type that is not there, a module that cannot be relocated, types
that cannot be said in C or output that cannot be written, 2 for wrong arguments, 3 for a
file that cannot be read.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		var bases []string
		baseList(fs, &bases, "what the BTF of FILE is split from or relocated onto, a `BASE` file of either sort; given again, that one on top of it")
		o := dumpOptions{format: formatRaw}
		unitJobsFlag(fs, &o.jobs)
		debugDirFlag(fs, &o.debugDirs)
		fs.Var(&o.format, "format", "raw, json, c or layout")
		on(fs, "json", "", "the same as --format=json; a failure is an object as those of other verbs", func() { c.json, o.format = true, formatJSON })
		on(fs, "no_dwarf", "", "print BTF and nothing else: a file that has DWARF alone cannot be read", func() { o.noDWARF = true })
		on(fs, "inline", "", "print .BTF.inline", func() { o.inline = true })
		on(fs, "pretty", "", "with --format=json, a key on each line", func() { o.pretty = true })
		on(fs, "unsorted", "", "with --format=c, types by ID rather than by name", func() { o.unsorted = true })
		fs.Var(&o.roots, "root_id", "only the type of this `ID`; given again, that one too")
		o.layout.flags(fs)
		return func(operands []string) error {
			if len(operands) == 0 {
				return &verbUsageError{"takes one file, and before it what is to be printed of it"}
			}
			if c.json && o.format != formatJSON {
				return &verbUsageError{fmt.Sprintf("--json is --format=json, and there is --format=%s too", o.format)}
			}
			if err := o.check(fs); err != nil {
				return err
			}
			if err := checkFileLast(operands); err != nil {
				return err
			}
			file := operands[len(operands)-1]
			if file == runningWord {
				file = runningBTF
			}
			o.words = operands[:len(operands)-1]
			if err := checkPatterns(o.words); err != nil {
				return &verbUsageError{err.Error()}
			}
			if len(bases) == 0 {
				bases = baseOfLoaded(file)
			}
			return c.dump(file, bases, o)
		}
	},
}

// runningWord stands for the kernel that runs in the place of a file. A file of that name
// is ./running.
const runningWord = "running"

// baseOfLoaded returns the base of the BTF that the kernel shows of a module, which
// bpftool knows by its path as well.
func baseOfLoaded(name string) []string {
	if strings.HasPrefix(name, filepath.Dir(runningBTF)+"/") && strings.TrimSuffix(name, inlineSuffix) != runningBTF {
		return []string{runningBTF}
	}
	return nil
}

// dump prints the BTF of the file called name, on top of the bases, if any.
func (c *command) dump(name string, bases []string, o dumpOptions) error {
	if err := c.prints(bases, []string{name}); err != nil {
		return err
	}
	var m mappedBTF
	return m.use(func() error { return c.dumpMapped(&m, name, bases, o) })
}

func (c *command) dumpMapped(m *mappedBTF, name string, bases []string, o dumpOptions) error {
	chain, err := loadBasesBy(m.load, bases, nil)
	if err != nil {
		return &unreadableError{err}
	}
	base := chain.types()
	if o.inline || isInline(name, bases) {
		types, err := loadInline(name, base)
		if err != nil {
			return &unreadableError{err}
		}
		return c.dumpTypes(name, types, 0, o)
	}
	f, err := openInput(name)
	if err != nil {
		return &unreadableError{err}
	}
	defer f.Close()
	types, err := parseBTF(f, name, base, m.load)
	if errors.Is(err, btf.ErrNoBTF) && !o.noDWARF {
		chain, loadErr := loadBases(bases, nil) // workers must not come across a fault
		if loadErr != nil {
			return &unreadableError{loadErr}
		}
		base = chain.types()
		types, err = c.orDWARF(err, name, f, chain, o.dwarfInput)
	}
	if err != nil {
		return &unreadableError{sayBase(err)}
	}
	// A module with a distilled base was read on top of that.
	if base != nil && types.Base() != base {
		if types.ByteOrder() != base.ByteOrder() {
			return fileError(name, errOtherOrder)
		}
		if types, err = relocate.Relocate(types, relocate.NewTarget(base)); err != nil {
			return fileError(name, err)
		}
	}
	return c.dumpTypes(name, types, pointerSize(f), o)
}

// dumpTypes prints what the options select of the types of a file, in which pointers have
// a size in bytes, 0 if it is not known.
func (c *command) dumpTypes(name string, types *btf.Types, pointer int, o dumpOptions) error {
	ids, err := selectTypes(types, o.words, o.roots)
	if err != nil {
		return fileError(name, err)
	}
	return c.printTypes(name, o.printer(types, ids, pointer))
}
