package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
)

var versionVerb = verb{
	name:      "version",
	arguments: "[--kernels] [--json]",
	summary:   "Print the version of gopahole itself, or what it knows of each release of Linux",
	details:   kernelsWords,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		var kernels bool
		on(fs, "kernels", "", "print a table of releases: what verify judges by, what they know, what their builds ask for", func() { kernels = true })
		c.jsonFlag(fs, "print a line of JSON, with --kernels one for each row")
		return func(operands []string) error {
			switch {
			case len(operands) > 0:
				return &verbUsageError{"takes no arguments"}
			case c.json && !kernels:
				return c.printJSON(newVersionReport(c.jsonHead("")))
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
				writeVersion(c.stdout)
			}
			return nil
		}
	},
}

// A versionReport is what this program is, for the verb version.
type versionReport struct {
	jsonHead
	Version  string   `json:"version"`
	Commit   string   `json:"commit,omitempty"`
	Pahole   string   `json:"pahole"` // the version that is reproduced
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Kernels  []string `json:"kernels"` // the oldest and the newest release with rules
	Features []string `json:"features"`
}

func newVersionReport(head jsonHead) *versionReport {
	all := kernel.All()
	return &versionReport{
		jsonHead: head, Version: ownVersion(), Commit: ownCommit(), Pahole: paholeVersion[1:], Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Kernels:  []string{all[0].First.String(), kernel.Newest().Last.String()},
		Features: (^features.Set(0)).Names(),
	}
}

// writeVersion prints it for people: the first line for bug reports, then what it is for.
func writeVersion(w io.Writer) {
	r := newVersionReport(jsonHead{})
	built := ""
	if r.Commit != "" {
		built = "commit " + r.Commit[:min(len(r.Commit), 12)] + ", "
	}
	fmt.Fprintf(w, "gopahole %s (encodes like pahole %s, %s%s %s)\n", r.Version, r.Pahole, built, r.Go, r.Platform)
	fmt.Fprintf(w, "kernels: %s to %s (--kernels says what each knows)\n", r.Kernels[0], r.Kernels[1])
	fmt.Fprintf(w, "features: %s\n", wrap(strings.Join(r.Features, ", "), " ", "  ", maxHelpWidth-8))
}
