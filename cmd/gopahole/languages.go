package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf"
)

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
