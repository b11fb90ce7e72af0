package main

import (
	"os"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/internal/tuning"
)

// maxMemoryEnv names the environment's limit of memory, for builds that cannot add an
// option, and for resolve_btfids, which has those of the kernel's program.
const maxMemoryEnv = "GOPAHOLE_MAX_MEMORY"

// limitMemory begins to bound the memory of the process.
func (c *command) limitMemory() error {
	tuning.LimitMemory(func(err error) {
		// Whatever goes on growing does not look, and files are renamed into their
		// places only when they are complete.
		if name := c.subject.Load(); name != nil {
			err = fileError(*name, err)
		}
		c.complain(err)
		os.Exit(exitFailure)
	})
	if size, ok := c.env(maxMemoryEnv); ok && size != "" {
		if err := tuning.SetMaxMemory(size); err != nil {
			return usagef("$%s: %v", maxMemoryEnv, err)
		}
	}
	return nil
}

// setSubject notes the file that the command line is about, if it is one.
func (c *command) setSubject(operands []string) {
	if c.subject != nil && len(operands) == 1 {
		c.subject.Store(&operands[0])
	}
}

// memoryFlag defines the option that all verbs and the options for encoding have.
func memoryFlag(fs *pflag.FlagSet) {
	fs.Func("max_memory", "take at most `SIZE` of memory, such as 512M or 2G; "+
		"by default three quarters of what the machine or the control group has, "+
		"and no more than 1G and 16 times the size of the input; none for no limit [$"+maxMemoryEnv+"]",
		func(size string) error {
			if err := tuning.SetMaxMemory(size); err != nil {
				return usagef("--max_memory %v", err)
			}
			return nil
		})
}
