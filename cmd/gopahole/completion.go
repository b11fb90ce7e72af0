package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/libbpf"
)

var completionVerb = verb{
	name:      "completion",
	arguments: "bash|zsh|fish",
	summary:   "Print the script that makes a shell complete options, verbs and their values",
	words:     []string{"bash", "zsh", "fish"},
	example:   "completion bash >/usr/share/bash-completion/completions/gopahole",
	flags: func(c *command, _ *pflag.FlagSet) func([]string) error {
		return func(operands []string) error {
			if len(operands) != 1 || completionScripts[operands[0]] == nil {
				return &verbUsageError{"takes bash, zsh or fish"}
			}
			return completionScripts[operands[0]](c.tree(), c.stdout)
		}
	},
}

// completionScripts write the script of a shell, which asks the program for words.
var completionScripts = map[string]func(*cobra.Command, io.Writer) error{
	"bash": func(t *cobra.Command, w io.Writer) error { return t.GenBashCompletionV2(w, true) },
	"zsh":  (*cobra.Command).GenZshCompletion,
	"fish": func(t *cobra.Command, w io.Writer) error { return t.GenFishCompletion(w, true) },
}

// isCompletion reports whether a first argument is what these scripts call the
// program with.
func isCompletion(arg string) bool {
	return arg == cobra.ShellCompRequestCmd || arg == cobra.ShellCompNoDescRequestCmd
}

// complete answers the script of a shell.
func (c *command) complete(args []string) int {
	tree := c.tree()
	tree.SetArgs(args)
	tree.SetOut(c.stdout)
	tree.SetErr(io.Discard)
	if tree.Execute() != nil {
		return exitFailure
	}
	return exitOK
}

// A choice is one of the words that the argument of an option can be, or a list of
// some, with commas.
type choice struct {
	words []string
	list  bool
}

// choices by the name of the option. Other arguments are files or free text.
func choices() map[string]choice {
	var styles, kernels []string
	for name := range arrayStyles {
		styles = append(styles, name)
	}
	slices.Sort(styles)
	for _, v := range kernel.Shipped() {
		kernels = append(kernels, v.String())
	}
	kernels = append(kernels, "load")
	list := func(words ...string) choice { return choice{words, true} }
	known := list(append([]string{"default", "all"}, strings.Split(features.Known().String(), ",")...)...)
	return map[string]choice{
		"btf_arrays":          {words: styles},
		"btf_compat":          {words: compatNames()},
		"color":               {words: colorWords},
		"format":              {words: dumpFormats},
		"ignore":              list(diffClasses()...),
		"format_path":         {words: []string{"dwarf"}},
		"btf_features":        known,
		"features":            known,
		"btf_features_strict": known,
		"lang":                list(dwarf2btf.LanguageNames()...),
		"lang_exclude":        list(dwarf2btf.LanguageNames()...),
		"kernel":              list(kernels...),
		"verify":              list(kernels...),
	}
}

// completeValues gives the options of a command the words for their arguments.
func completeValues(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) })
	for name, c := range choices() {
		if cmd.Flags().Lookup(name) == nil {
			continue
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		if c.list {
			directive |= cobra.ShellCompDirectiveNoSpace // it may go on
		}
		err := cmd.RegisterFlagCompletionFunc(name, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return c.complete(typed), directive
		})
		if err != nil { // two commands with one flag of that name
			panic(fmt.Sprintf("completion of --%s: %v", name, err))
		}
	}
}

// complete returns what the argument may become that begins with typed.
func (c choice) complete(typed string) []string {
	done := ""
	if c.list {
		done = typed[:strings.LastIndexByte(typed, ',')+1]
	}
	used := strings.Split(done, ",")
	var all []string
	for _, w := range c.words {
		if strings.HasPrefix(w, typed[len(done):]) && !slices.Contains(used, w) {
			all = append(all, done+w)
		}
	}
	return all
}

// compatNames are the values of --btf_compat.
func compatNames() []string {
	var names []string
	for _, v := range libbpf.All() {
		names = append(names, v.String())
	}
	return names
}
