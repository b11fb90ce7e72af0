package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/features"
)

const helpUsage = `Usage: gopahole [OPTION...] FILE...
       gopahole VERB [ARGUMENT...]
`

const helpIntro = `
Encode the DWARF of ELF files as one BTF, with the bytes that pahole 1.32 writes.

Example:
  gopahole -J --btf_features=default vmlinux
  gopahole -J --btf_features=default --btf_encode_detached=vmlinux.btf vmlinux
`

const helpEnd = `
An optional argument has to be attached: -j4, --jobs=4. Long options may be
shortened while that is unambiguous, and written with dashes. --lang,
--lang_exclude and -X add up when repeated. The options of pahole that say how
to print types do nothing with -J, and are an error without.

A file is written beside its place and renamed to it when it is complete: it is the
old one or the new one, whatever happens. Symbolic links are followed, except links
of other users in directories that everybody may write to, such as /tmp. Of several
hard links only the one that is named gets the new file, the others keep the old one.
No file that is read is written over, whatever it is called, but for files that are
changed in place. Nothing is written that is made of a file which another program has
changed meanwhile. A base may change: it is read as a whole at the beginning, and the
result is split from what was read then.
.NAME.gopahole-XXXXXXXXXXXX is left by a program that was killed, and removed by the
next one that writes into the directory. A file that is a mount point is written over
itself, and NAME.gopahole-saved-N has the new contents until that is done.

Without -J or --btf_encode_detached the types of FILE are printed as pahole prints
those of BTF: all, or with -C LIST some; -E, --hex, -c N, -s, -n, -P, -H N, -i NAME,
-f NAME, --structs and --unions are pahole's. A file without BTF is encoded first.

Exit status: 0 after success, also for a file without any DWARF, which is
skipped with a warning; 1 after an error, and then no file was changed; 2 for a
command line that is wrong, and for what pahole alone does (called as pahole, 64 for
an option that does not exist or has a wrong value); 128 and its number after a
signal. Verbs: 3 for a file that cannot be read.
`

func (c *command) printHelp() {
	w, width := c.stdout, c.helpWidth()
	if c.asPahole {
		fmt.Fprint(w, "Usage: pahole [OPTION...] FILE...\n", helpIntro)
	} else {
		fmt.Fprint(w, helpUsage, helpIntro, "\nVerbs:\n")
		for _, v := range verbList {
			fmt.Fprintf(w, "  %-16s%s\n", v.name, wrap(v.summary, " ", strings.Repeat(" ", 2+16), width))
		}
		fmt.Fprintf(w, "%s help VERB says more of each.\n", program)
	}
	for _, g := range flagGroups(&options{asPahole: c.asPahole}) {
		fmt.Fprintf(w, "\n%s:\n%s", g.title, g.FlagUsagesWrapped(width))
	}
	fmt.Fprintf(w, "\nFeatures of the list default:\n  %s\nand those to be named:\n  %s\n",
		wrap(features.Default().String(), ",", "  ", width), wrap(features.Known().Without(features.Default()).String(), ",", "  ", width))
	fmt.Fprint(w, reflow(helpEnd, width))
}

// printUsage prints the names of all options, wrapped.
func (c *command) printUsage() {
	const indent, width = "         ", 78
	line := "Usage: " + c.name()
	for _, g := range flagGroups(&options{asPahole: c.asPahole}) {
		g.VisitAll(func(f *pflag.Flag) {
			word := "[" + optionForm(f) + "]"
			if len(line)+1+len(word) > width {
				fmt.Fprintln(c.stdout, line)
				line = indent
			}
			line += " " + word
		})
	}
	fmt.Fprintf(c.stdout, "%s FILE...\n", line)
}

// optionForm shows how an option is written, as briefly as it can be.
func optionForm(f *pflag.Flag) string {
	argument, _ := pflag.UnquoteUsage(f)
	switch arity := argumentOf(f); {
	case f.Shorthand != "" && arity == noArgument:
		return "-" + f.Shorthand
	case f.Shorthand != "" && arity == optionalArgument:
		return "-" + f.Shorthand + "[" + f.NoOptDefVal + "]"
	case f.Shorthand != "":
		return "-" + f.Shorthand + " " + argument
	case arity == noArgument:
		return "--" + f.Name
	default:
		return "--" + f.Name + "=" + argument
	}
}
