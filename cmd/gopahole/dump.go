package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/pflag"
)

var dumpVerb = verb{
	name:      "dump",
	arguments: "[-B BASE] FILE",
	summary:   "Print the BTF of an ELF file or of raw data, in the form of `bpftool btf dump file FILE format raw'",
	example:   "dump -B vmlinux module.ko",
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		bases := fs.StringArrayP("base_btf", "B", nil, "what the BTF of FILE is split from, a `BASE` file of either sort; given again, that one on top of it")
		return func(operands []string) error {
			if len(operands) != 1 {
				return &verbUsageError{"takes one file"}
			}
			return c.dump(operands[0], *bases)
		}
	},
}

// dump prints the BTF of the file called name, on top of the bases, if any.
func (c *command) dump(name string, bases []string) error {
	if err := c.prints(bases, []string{name}); err != nil {
		return err
	}
	base, err := loadBases(bases, nil)
	if err != nil {
		return &unreadableError{err}
	}
	types, err := loadBTF(name, base)
	if err != nil {
		return &unreadableError{err}
	}
	w := bufio.NewWriter(c.stdout)
	if err := types.Dump(w); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}
