package main

import (
	"bufio"
	"debug/elf"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/cheader"
	"github.com/spf13/pflag"
)

type dumpOptions struct {
	dwarfInput
	format   dumpFormat
	inline   bool
	noDWARF  bool
	pretty   bool
	unsorted bool
	layout   layoutOptions
	words    []string // names, patterns and IDs of what is to be printed; none for all
	roots    typeIDs
}

// check looks for options that do not fit the format.
func (o *dumpOptions) check(fs *pflag.FlagSet) error {
	for option, format := range map[string]dumpFormat{"pretty": formatJSON, "unsorted": formatC} {
		if fs.Changed(option) && o.format != format {
			return &verbUsageError{fmt.Sprintf("--%s is for --format=%s", option, format)}
		}
	}
	return o.layout.check(fs, o.format)
}

// printer returns what writes the types of the given IDs, or all without any. The size
// of pointers is 0 if nobody knows it.
func (o *dumpOptions) printer(types *btf.Types, ids []btf.ID, pointer int) func(w io.Writer) error {
	return func(w io.Writer) error {
		switch o.format {
		case formatJSON:
			return types.DumpJSON(w, o.pretty, ids...)
		case formatC:
			return cheader.Write(w, types, cheader.Options{Roots: ids, Unsorted: o.unsorted, PointerSize: pointer})
		case formatLayout:
			return o.layout.print(w, types, ids, pointer)
		}
		return types.Dump(w, ids...)
	}
}

// A dumpFormat is what types are written as.
type dumpFormat string

const (
	formatRaw    dumpFormat = "raw"
	formatJSON   dumpFormat = "json"
	formatC      dumpFormat = "c"
	formatLayout dumpFormat = "layout"
)

var dumpFormats = []string{string(formatRaw), string(formatJSON), string(formatC), string(formatLayout)}

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

// printTypes prints what write writes, from the file called name.
func (c *command) printTypes(name string, write func(w io.Writer) error) error {
	out := &outputErrors{w: c.stdout}
	buffered := bufio.NewWriterSize(out, 1<<16)
	err := write(buffered)
	if flushed := buffered.Flush(); err == nil {
		err = flushed
	}
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
