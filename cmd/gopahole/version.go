package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/pflag"
)

var versionVerb = verb{
	name:      "version",
	arguments: "[--kernels [--json]]",
	summary:   "Print the version of gopahole itself, or what it knows of each release of Linux",
	details:   kernelsWords,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		var kernels bool
		on(fs, "kernels", "", "print a table of releases: what verify judges by, what they know, what their builds ask for", func() { kernels = true })
		c.jsonFlag(fs, "with --kernels: print a line of JSON for each row")
		return func(operands []string) error {
			switch {
			case len(operands) > 0:
				return &verbUsageError{"takes no arguments"}
			case c.json && !kernels:
				return &verbUsageError{"--json is for --kernels"}
			case c.json:
				for _, row := range kernelRows() {
					row.jsonHead = c.jsonHead("")
					if err := c.printJSON(row); err != nil {
						return err
					}
				}
			case kernels:
				writeKernels(c.stdout)
			default:
				fmt.Fprintf(c.stdout, "gopahole %s (encodes like pahole %s, %s %s/%s)\n",
					ownVersion(), paholeVersion[1:], runtime.Version(), runtime.GOOS, runtime.GOARCH)
			}
			return nil
		}
	},
}
