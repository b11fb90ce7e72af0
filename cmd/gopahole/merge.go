package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/libbpf"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/unpack"
)

// mergeVerb makes one BTF of several.
var mergeVerb = verb{
	name:      "merge",
	arguments: "[-B BASE] -o OUT FILE FILE...",
	summary:   "Make one BTF of several, with equal types once",
	example: `merge -o both.btf one.o other.o
		merge -B vmlinux -o modules.btf xfs.ko btrfs.ko`,
	details: `
The BTF of each FILE, an ELF file or raw data, comes after that of the one before, and
then equal types become one, as when pahole encodes units: a type that one file only
declares is the one that another defines. With -B all of them are split from BASE, and
the result is as well. A module with .BTF.base is not: relocate it first.

OUT is raw BTF, compressed if its name ends in .xz, .zst or .gz. Nothing is written
after an error. --json prints output, bytes and types.

Exit status: 0 after success, 1 if the files cannot be merged or OUT cannot be written,
2 for wrong arguments, 3 for a file that cannot be read.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		m := &merger{command: c}
		baseList(fs, &m.bases, "what the BTF of the files is split from, a `BASE` file of either sort; given again, that one on top of it")
		c.outputFlag(fs, &m.output, "write the result to `OUT`")
		compatFlag(fs, &m.compat)
		c.jsonFlag(fs, "print a line of JSON about the result")
		c.verboseFlag(fs, "say how many types each file has, and the result")
		return m.run
	},
}

// A merger is one run of the verb merge.
type merger struct {
	*command
	bases  []string
	output string
	compat libbpf.Version
}

func (m *merger) run(operands []string) error {
	switch {
	case len(operands) < 2:
		return &verbUsageError{"takes two files or more"}
	case m.output == "":
		return &verbUsageError{"-o says where the result goes"}
	case m.json && m.output == stdoutFile:
		return errTwoResults
	}
	g := m.newGuard()
	if err := errors.Join(g.reads(roleBase, m.bases...), g.reads(roleInput, operands...)); err != nil {
		return err
	}
	if err := g.writes(m.output); err != nil {
		return err
	}
	merged, err := m.merge(operands)
	if err != nil {
		return err
	}
	out := outputsOf((&module.Module{BTF: merged}).Detached(m.output))
	out[0].src = unpack.FormatOf(m.output).Compress(out[0].src)
	if err := g.write(writing{inputs: operands, outputs: out}); err != nil {
		return err
	}
	return m.sayMade(m.made("", m.output, merged))
}

// A madeReport is what --json prints about BTF that was made of other BTF.
type madeReport struct {
	jsonHead
	Error  string `json:"error,omitempty"`
	Output string `json:"output,omitempty"`
	Bytes  int    `json:"bytes,omitempty"`
	Types  int    `json:"types,omitempty"`
}

// made describes a result, which is made of the BTF of file if it is one.
func (c *command) made(file, output string, types *btf.Types) *madeReport {
	return &madeReport{
		jsonHead: c.jsonHead(file), Output: output, Bytes: types.Size(), Types: int(types.NumIDs() - types.FirstID()),
	}
}

// sayMade prints what was made, if somebody asked.
func (c *command) sayMade(r *madeReport) error {
	c.say("%s%s", r.Output, sizesText(r.Types, r.Bytes, 0, 0))
	if !c.json {
		return nil
	}
	return c.printJSON(r)
}

// merge returns the types of all files, without duplicates.
func (m *merger) merge(names []string) (*btf.Types, error) {
	chain, err := loadBases(m.bases, m.warnOfDistilled)
	if err != nil {
		return nil, &unreadableError{err}
	}
	base := chain.types()
	var all *btf.Builder
	var first *btf.Types
	for _, name := range names {
		types, err := loadBTF(name, base)
		if err != nil {
			return nil, &unreadableError{sayBase(err)}
		}
		switch {
		case types.Base() != base:
			return nil, fileError(name, errors.New("has a base of its own, .BTF.base: relocate it first"))
		case all == nil:
			first, all = types, btf.NewBuilder(types.ByteOrder(), base)
		case types.ByteOrder() != first.ByteOrder():
			return nil, fileError(name, fmt.Errorf("is in another byte order than %s", names[0]))
		}
		m.say("%s%s", name, sizesText(int(types.NumIDs()-types.FirstID()), types.Size(), 0, 0))
		all.AddTypes(types)
		if err := all.Err(); err != nil {
			return nil, fileError(name, err)
		}
	}
	types, err := all.Build()
	if err != nil {
		return nil, err
	}
	return dedup.Dedup(m.context(), types, dedup.Options{Compat: m.compat})
}
