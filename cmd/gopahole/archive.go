package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// archiveVerb is the first word of the verbs about archives.
var archiveVerb = verb{
	name:      "archive",
	arguments: "run|...",
	summary:   "Make archives of the BTF of many kernels, and look at them",
	example:   "archive run -o archive/ linux-image-6.12.1-amd64-dbg.deb",
	details: `
The word after it says what is done: see the verbs of two words, such as archive run.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		return func([]string) error {
			var words []string
			for _, v := range verbList {
				if word, ok := strings.CutPrefix(v.name, "archive "); ok {
					words = append(words, word)
				}
			}
			return &verbUsageError{"takes one of the words " + strings.Join(words, ", ")}
		}
	},
}
