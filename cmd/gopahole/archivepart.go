package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/archive/shard"
	"github.com/gopahole/gopahole/archive/source"
)

// An archivePart is the part of the work that one of several runs does.
type archivePart struct {
	shard.Shard
	from string // what says so; "" for nothing
}

func (p *archivePart) flag(fs *pflag.FlagSet) {
	fs.Func("shard", "do part `I/N` of the packages: 1/4 is the first of four; what Kubernetes or Slurm says by default", func(text string) (err error) {
		if p.Shard, err = shard.Parse(text); err != nil {
			return usagef("--shard: %v", err)
		}
		p.from = "--shard"
		return nil
	})
}

// choose takes the part from the engine that started the process, unless it was given.
func (p *archivePart) choose(env func(string) (string, bool)) (err error) {
	if p.from != "" {
		return nil
	}
	if p.Shard, p.from, err = shard.FromEnv(env); err != nil {
		return &verbUsageError{err.Error()}
	}
	return nil
}

// of returns the inputs that belong to the part, and a sentence about that, "" for all of them.
func (p *archivePart) of(inputs []source.Input) ([]source.Input, string) {
	if p.All() {
		return inputs, ""
	}
	all := len(inputs)
	inputs = slices.DeleteFunc(inputs, func(in source.Input) bool { return !p.Has(filepath.Base(in.Path)) })
	return inputs, fmt.Sprintf("part %s, as %s has it: %d of %d inputs\n", p, p.from, len(inputs), all)
}
