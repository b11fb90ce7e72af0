package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// tree is the command line as cobra knows it: gopahole itself, and a command for each
// verb, with their options. Cobra completes, and finds the verbs and options that a wrong
// one is close to. It runs nothing: parseArgs reads options as pahole's are read, and a
// verb is found without it, as making the tree takes half a millisecond, which is as much
// as some verbs take for a small module.
func (c *command) tree() *cobra.Command {
	nothing := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: program, Run: nothing, SilenceErrors: true, SilenceUsage: true}
	root.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault // files as well as verbs
	}
	root.CompletionOptions.DisableDefaultCmd = true
	for _, g := range flagGroups(new(options)) {
		root.Flags().AddFlagSet(g.FlagSet)
	}
	completeValues(root)
	for _, v := range verbList {
		parent, name := root, v.name
		if first, second, ok := strings.Cut(name, " "); ok { // and comes after the verb of the first word
			parent, _, _ = root.Find([]string{first})
			parent.ValidArgsFunction = root.ValidArgsFunction
			name = second
		}
		child := &cobra.Command{Use: name, Short: v.summary, Run: nothing, ValidArgs: v.words}
		child.Flags().AddFlagSet(v.flagSet(c))
		completeValues(child)
		if v.name == helpName {
			child.ValidArgs = verbNames()
			root.SetHelpCommand(child)
		}
		parent.AddCommand(child)
	}
	return root
}

// closeVerbs returns the verbs that a word is close to, as a mistyped one is.
func (c *command) closeVerbs(word string) []string { return closeTo(word, c.tree()) }

// closeOptions returns the options that a name is close to.
func closeOptions(fs *pflag.FlagSet, name string) []string {
	names := new(cobra.Command)
	fs.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	found := closeTo(name, names)
	slices.Sort(found)
	return found
}

// closeTo returns the names of commands that begin with a word, or that it differs from
// in a letter or two, if it has so many that this means anything.
func closeTo(word string, parent *cobra.Command) []string {
	parent.SuggestionsMinimumDistance = 2
	if len(word) < 4 {
		parent.SuggestionsMinimumDistance = 1
	}
	return parent.SuggestionsFor(word)
}

// verbNames are the names of all verbs that have one word, in the order of the help text.
func verbNames() []string {
	var names []string
	for _, v := range verbList {
		if !strings.Contains(v.name, " ") {
			names = append(names, v.name)
		}
	}
	return names
}
