package main

import (
	"fmt"

	"github.com/gopahole/gopahole/features"
)

// The version of pahole whose command line and output are reproduced. Kernel
// makefiles read both forms, and whether a kernel gets BTF at all depends on
// them: nothing may be added to either.
const (
	paholeVersion = "v1.32"
	paholeNumber  = "132"
)

// print prints the text that was asked for instead of an encoding.
func (c *command) print(o *options) {
	switch o.print {
	case printHelp:
		c.printHelp()
	case printUsage:
		c.printUsage()
	case printVersion:
		fmt.Fprintln(c.stdout, paholeVersion)
	case printNumericVersion:
		fmt.Fprintln(c.stdout, paholeNumber)
	case printDevelVersion:
		fmt.Fprintf(c.stdout, "%s-%s-%s\n", paholeVersion, program, ownVersion())
	case printSupportedFeatures:
		b := features.Builder{Unsupported: o.unsupported()}
		fmt.Fprintln(c.stdout, b.Supported())
	}
}
