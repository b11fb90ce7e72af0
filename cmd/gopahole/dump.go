package main

import (
	"bufio"
	"debug/elf"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/cheader"
	"github.com/gopahole/gopahole/relocate"
)

var dumpVerb = verb{
	name:      "dump",
	arguments: "[-B BASE] [--format=FORMAT] FILE",
	summary:   "Print the BTF of an ELF file or of raw data, as text, JSON or a C header",
	example:   "dump -B vmlinux module.ko",
	details: `
--format says what is printed, each in the form that bpftool has for it:
  raw   one type after the other: ` + "`bpftool btf dump file FILE format raw'" + `
  json  the same as JSON: ` + "`bpftool -j', or with --pretty `bpftool -p'" + `
  c     a header with all types and what they need, the vmlinux.h of BPF programs:
        ` + "`format c'" + `

A module with .BTF.base stands on that base alone. With -B it is relocated onto BASE
first, as bpftool and the kernel do, and has the IDs that it would have there; if
that cannot be, nothing is printed and the status is 1. The files of modules in
/sys/kernel/btf stand on vmlinux there, also without -B.

Exit status: 0, 1 for a module that cannot be relocated, types that cannot be said in C
or output that cannot be written, 2 for wrong arguments, 3 for a file that cannot be
read.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		bases := fs.StringArrayP("base_btf", "B", nil, "what the BTF of FILE is split from or relocated onto, a `BASE` file of either sort; given again, that one on top of it")
		o := dumpOptions{format: formatRaw}
		fs.Var(&o.format, "format", "raw, json or c")
		on(fs, "pretty", "", "with --format=json, a key on each line", func() { o.pretty = true })
		on(fs, "unsorted", "", "with --format=c, types by ID rather than by name", func() { o.unsorted = true })
		fs.Var(&o.roots, "root_id", "with --format=c, only the type of this `ID` and what it needs; given again, that one too")
		return func(operands []string) error {
			if len(operands) != 1 {
				return &verbUsageError{"takes one file"}
			}
			if o.format != formatC && (o.unsorted || len(o.roots) > 0) {
				return &verbUsageError{"--unsorted and --root_id are for --format=c"}
			}
			if o.format != formatJSON && o.pretty {
				return &verbUsageError{"--pretty is for --format=json"}
			}
			if len(*bases) == 0 {
				*bases = baseOfLoaded(operands[0])
			}
			return c.dump(operands[0], *bases, o)
		}
	},
}

type dumpOptions struct {
	format   dumpFormat
	pretty   bool
	unsorted bool
	roots    typeIDs
}

// A dumpFormat is what types are written as.
type dumpFormat string

const (
	formatRaw  dumpFormat = "raw"
	formatJSON dumpFormat = "json"
	formatC    dumpFormat = "c"
)

var dumpFormats = []string{string(formatRaw), string(formatJSON), string(formatC)}

func (f *dumpFormat) Set(text string) error {
	if !slices.Contains(dumpFormats, text) {
		return usagef("unknown --format '%s'; there are %s", text, strings.Join(dumpFormats, ", "))
	}
	*f = dumpFormat(text)
	return nil
}

func (f *dumpFormat) String() string { return string(*f) }
func (f *dumpFormat) Type() string   { return "FORMAT" }

// typeIDs are IDs of types, each the argument of an option. They may be hexadecimal.
type typeIDs []btf.ID

func (l *typeIDs) Set(text string) error {
	id, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return usagef("'%s' is not the ID of a type", text)
	}
	*l = append(*l, btf.ID(id))
	return nil
}

func (l *typeIDs) String() string { return "" }
func (l *typeIDs) Type() string   { return "ID" }

// baseOfLoaded returns the base of the BTF that the kernel shows of a module, which
// bpftool knows by its path as well.
func baseOfLoaded(name string) []string {
	if strings.HasPrefix(name, filepath.Dir(runningBTF)+"/") && name != runningBTF {
		return []string{runningBTF}
	}
	return nil
}

// dump prints the BTF of the file called name, on top of the bases, if any.
func (c *command) dump(name string, bases []string, o dumpOptions) error {
	if err := c.prints(bases, []string{name}); err != nil {
		return err
	}
	chain, err := loadBases(bases, nil)
	if err != nil {
		return &unreadableError{err}
	}
	base := chain.types()
	f, err := openInput(name)
	if err != nil {
		return &unreadableError{err}
	}
	defer f.Close()
	types, err := parseBTF(f, name, base, btf.Load)
	if err != nil {
		return &unreadableError{err}
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
	if o.format == formatC {
		return c.dumpC(name, types, cheader.Options{Roots: o.roots, Unsorted: o.unsorted, PointerSize: pointerSize(f)})
	}
	w := bufio.NewWriter(c.stdout)
	write := types.Dump
	if o.format == formatJSON {
		write = func(w io.Writer) error { return types.DumpJSON(w, o.pretty) }
	}
	if err := write(w); err != nil {
		return stdoutError(err)
	}
	if err := w.Flush(); err != nil {
		return stdoutError(err)
	}
	return nil
}

// dumpC prints a C header.
func (c *command) dumpC(name string, types *btf.Types, o cheader.Options) error {
	out := &outputErrors{w: c.stdout}
	err := cheader.Write(out, types, o)
	if out.err != nil {
		return stdoutError(out.err)
	}
	if err != nil {
		return fileError(name, err)
	}
	return nil
}

// outputErrors remembers the error of a writer, to tell it from those of what writes.
type outputErrors struct {
	w   io.Writer
	err error
}

func (o *outputErrors) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}

// pointerSize returns the size of pointers that an ELF file is made for, 0 for raw
// BTF, which does not say.
func pointerSize(f io.ReaderAt) int {
	var ident [elf.EI_NIDENT]byte
	if _, err := f.ReadAt(ident[:], 0); err != nil || string(ident[:4]) != elf.ELFMAG {
		return 0
	}
	switch elf.Class(ident[elf.EI_CLASS]) {
	case elf.ELFCLASS32:
		return 4
	case elf.ELFCLASS64:
		return 8
	}
	return 0
}
