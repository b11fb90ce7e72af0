package main

import (
	"slices"

	"github.com/spf13/pflag"
)

// baseFlag defines the option of a verb that names a base. It is called --base in all
// verbs, and has the names that it has in pahole and bpftool as well.
func baseFlag(fs *pflag.FlagSet, usage string, add func(name string) error) {
	fs.FuncP("base", "B", usage+" (also --btf_base, --base_btf)", func(name string) error { return add(orStdin(name)) })
	alias(fs, "base", "btf_base", "base_btf")
}

// fileList defines an option that adds a file to a list, - for standard input.
func fileList(fs *pflag.FlagSet, list *[]string, name, usage string) {
	fs.Func(name, usage, func(name string) error {
		*list = append(*list, orStdin(name))
		return nil
	})
}

// baseList is baseFlag for a list of files.
func baseList(fs *pflag.FlagSet, list *[]string, usage string) {
	baseFlag(fs, usage, func(name string) error {
		*list = append(*list, name)
		return nil
	})
}

// aliases is the annotation of an option that has its other names.
const aliases = "aliases"

// alias gives an option other names, which lookupLong knows.
func alias(fs *pflag.FlagSet, name string, others ...string) {
	f := fs.Lookup(name)
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[aliases] = others
}

// named returns the option that has a name as an alias, nil for none.
func named(fs *pflag.FlagSet, name string) (found *pflag.Flag) {
	fs.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(f.Annotations[aliases], name) {
			found = f
		}
	})
	return found
}
