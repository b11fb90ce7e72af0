package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/kernel"
)

// languageWarning returns a warning for BTF with units that are not in C, if the
// newest kernel would refuse it; "" otherwise. Most refusals are about names that C
// does not have. pahole 1.32 writes such BTF as well, and the kernel then runs
// without any.
func languageWarning(file *elffile.File, conv *dwarf2btf.Options, result *dwarf2btf.Result) string {
	var names []string
	for _, code := range result.Languages {
		if !code.IsC() {
			if name := languageFamily(code); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	check := newResultCheck(kernels{versions: []kernel.Version{kernel.Newest().Last}}, conv)
	err := check.check(file, result)
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%s: %v. It has units in %s: --lang_exclude=%s leaves them out",
		file.Name, err, strings.Join(names, " and "), strings.Join(names, ","))
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
