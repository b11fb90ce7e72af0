package main

import (
	"bufio"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/relocate"
)

var dumpVerb = verb{
	name:      "dump",
	arguments: "[-B BASE] FILE",
	summary:   "Print the BTF of an ELF file or of raw data, in the form of `bpftool btf dump file FILE format raw'",
	example:   "dump -B vmlinux module.ko",
	details: `
A module with .BTF.base stands on that base alone. With -B it is relocated onto BASE
first, as bpftool and the kernel do, and has the IDs that it would have there; if
that cannot be, nothing is printed and the status is 1. The files of modules in
/sys/kernel/btf stand on vmlinux there, also without -B.

Exit status: 0, 1 for a module that cannot be relocated or output that cannot be
written, 2 for wrong arguments, 3 for a file that cannot be read.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		bases := fs.StringArrayP("base_btf", "B", nil, "what the BTF of FILE is split from or relocated onto, a `BASE` file of either sort; given again, that one on top of it")
		return func(operands []string) error {
			if len(operands) != 1 {
				return &verbUsageError{"takes one file"}
			}
			if len(*bases) == 0 {
				*bases = baseOfLoaded(operands[0])
			}
			return c.dump(operands[0], *bases)
		}
	},
}

// baseOfLoaded returns the base of the BTF that the kernel shows of a module, which
// bpftool knows by its path as well.
func baseOfLoaded(name string) []string {
	if strings.HasPrefix(name, filepath.Dir(runningBTF)+"/") && name != runningBTF {
		return []string{runningBTF}
	}
	return nil
}

// dump prints the BTF of the file called name, on top of the bases, if any.
func (c *command) dump(name string, bases []string) error {
	if err := c.prints(bases, []string{name}); err != nil {
		return err
	}
	chain, err := loadBases(bases, nil)
	if err != nil {
		return &unreadableError{err}
	}
	base := chain.types()
	types, err := loadBTF(name, base)
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
	w := bufio.NewWriter(c.stdout)
	if err := types.Dump(w); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}
