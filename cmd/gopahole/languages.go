package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/module"
)

// warningText is what is said of a module's warning: about the file called name, but
// for what is so with all files of a run.
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

// withCure adds to an error about a type that BTF has no form for what can be done
// about it.
func withCure(err error) error {
	none := new(dwarf2btf.NoFormError)
	if !errors.As(err, &none) {
		return err
	}
	cure := fmt.Sprintf("--cu_exclude='%s' leaves the unit out", none.Unit)
	if none.Unit == "" {
		cure = "the unit has no name to leave it out by"
	}
	if !none.Language.IsC() {
		cure = fmt.Sprintf("--lang_exclude=%s leaves out the units of its language", languageFamily(none.Language))
	}
	return fmt.Errorf("%w: %s, --best_effort encodes the rest of it", err, cure)
}

// languageFamily returns the name of a language for --lang_exclude, without the
// version of C++.
func languageFamily(code dwarf2btf.Language) string {
	name := code.String()
	if strings.HasPrefix(name, "c++") {
		return "c++"
	}
	return name
}
