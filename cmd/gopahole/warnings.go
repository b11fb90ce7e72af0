package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/module"
)

// fatalFlag is the option that makes warnings errors.
func fatalFlag(fs *pflag.FlagSet, fatal *bool, what string) {
	on(fs, "fatal_warnings", "", what, func() { *fatal = true })
}

// fatalWarnings is the error for a file with so many warnings.
func (o *options) fatalWarnings(n int) error {
	if o.fatal && n > 0 {
		return fmt.Errorf("warnings (%d) with --fatal_warnings: nothing is written", n)
	}
	return nil
}

// isNote reports whether a warning says that all is well, so that --fatal_warnings does not
// count it.
func isNote(w fmt.Stringer) bool {
	switch w.(type) {
	case module.FinishedNote, module.RemadeNote, module.SymbolsNote:
		return true
	}
	return false
}

// warningText is the line for a warning of the pipeline about the file called name. A
// warning that all files of a run would have does not name one.
func warningText(name string, w fmt.Stringer) string {
	switch w := w.(type) {
	case module.GuessWarning:
		return w.String()
	case module.LanguageWarning:
		var names []string
		for _, code := range w.Languages {
			if name := languageFamily(code); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return fmt.Sprintf("%s: %v. It has units in %s: --lang_exclude=%s leaves them out",
			name, w.Err, strings.Join(names, " and "), strings.Join(names, ","))
	case btfids.SetWarning:
		if w.Name == "" {
			return fmt.Sprintf("%s: .BTF_ids: no symbol for entry %d of set8 '%s', which gets no tag", name, w.Entry, w.Set)
		}
		return fmt.Sprintf("%s: .BTF_ids: no function '%s', which set8 '%s' lists; it gets no tag", name, w.Name, w.Set)
	case btfids.Warning:
		if w.Used == 0 {
			return fmt.Sprintf("%s: .BTF_ids: no %v '%s', its ID stays 0", name, w.Kind, w.Name)
		}
		return fmt.Sprintf("%s: .BTF_ids: %v '%s' is both %d and %d; the former is taken", name, w.Kind, w.Name, w.Used, w.Also)
	}
	return fmt.Sprintf("%s: %v", name, w)
}
