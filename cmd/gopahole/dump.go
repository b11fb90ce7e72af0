package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
)

var dumpVerb = verb{
	name:      "dump",
	arguments: "[-B BASE] FILE",
	summary:   "Print the BTF of an ELF file or of raw data, in the form of `bpftool btf dump file FILE format raw'",
	example:   "dump -B vmlinux module.ko",
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		base := fs.StringP("base_btf", "B", "", "what the BTF of FILE is split from, a `BASE` file of either sort")
		return func(operands []string) error {
			if len(operands) != 1 {
				return &verbUsageError{"takes one file"}
			}
			return c.dump(operands[0], *base)
		}
	},
}

// dump prints the BTF of the file called name. The base may be "".
func (c *command) dump(name, base string) error {
	var baseTypes *btf.Types
	if base != "" {
		var err error
		if baseTypes, err = loadBTF(base, nil); err != nil {
			return &unreadableError{err}
		}
	}
	types, err := loadBTF(name, baseTypes)
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
