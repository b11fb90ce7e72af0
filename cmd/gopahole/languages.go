package main

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf/verify"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/dwlang"
	"github.com/gopahole/gopahole/internal/elfio"
)

// languageWarning returns a warning for BTF with units that are not in C, if the
// newest kernel would refuse it; "" otherwise. Most refusals are about names that C
// does not have. pahole 1.32 writes such BTF as well, and the kernel then runs
// without any.
func languageWarning(file *elfio.File, conv *dwarf2btf.Options, result *dwarf2btf.Result) string {
	var names []string
	for _, code := range result.Languages {
		if !dwlang.IsC(code) {
			names = append(names, dwlang.Name(code))
		}
	}
	if len(names) == 0 {
		return ""
	}
	check := newResultCheck(kernels{versions: verify.Versions[len(verify.Versions)-1:]}, conv)
	err := check.check(file, result)
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%s: %v. It has units in %s: --lang_exclude=%s leaves them out",
		file.Name, err, strings.Join(names, " and "), strings.Join(names, ","))
}
