package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

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

// maxStream bounds what is read from a pipe or device, whose size is not known.
// BTF cannot be larger: its offsets have 32 bits.
const maxStream = 1 << 32

// loadBTF reads the BTF of a file, which may also be a pipe.
func loadBTF(name string, base *btf.Types) (*btf.Types, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fileError(name, err)
	}
	var r io.ReaderAt = f
	size := info.Size()
	if info.IsDir() {
		return nil, fileError(name, errors.New("is a directory"))
	}
	if !info.Mode().IsRegular() {
		data, err := io.ReadAll(io.LimitReader(f, maxStream))
		if err != nil {
			return nil, fileError(name, err)
		}
		r, size = bytes.NewReader(data), int64(len(data))
	}
	types, err := btf.Load(r, size, base)
	if err != nil {
		return nil, fileError(name, err)
	}
	return types, nil
}
