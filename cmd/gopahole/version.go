package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/pflag"
)

var versionVerb = verb{
	name:    "version",
	summary: "Print the version of gopahole itself",
	flags: func(c *command, _ *pflag.FlagSet) func([]string) error {
		return func(operands []string) error {
			if len(operands) > 0 {
				return &verbUsageError{"takes no arguments"}
			}
			fmt.Fprintf(c.stdout, "gopahole %s (encodes like pahole %s, %s %s/%s)\n",
				ownVersion(), paholeVersion[1:], runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		}
	},
}
