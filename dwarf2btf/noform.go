package dwarf2btf

import (
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
)

// A NoFormError says that the input has a type that BTF has no form for. pahole
// 1.32 writes nothing then. [Options.BestEffort] encodes the rest.
type NoFormError struct {
	Section string // ".debug_info" or ".debug_types"
	Offset  uint64 // of the DIE in the section, in bytes

	What     string // the type, such as "DW_TAG_atomic_type"
	User     string // what has this type, such as "member 'x' of struct 's'"; "" if that is not known
	Unit     string // DW_AT_name of the unit
	Language Language
}

func (e *NoFormError) Error() string {
	return fmt.Sprintf("%s+%#x: %s", e.Section, e.Offset, e.text())
}

func (e *NoFormError) text() string {
	user := ""
	if e.User != "" {
		user = e.User + ", "
	}
	language := ""
	if e.Language != 0 {
		language = " in " + e.Language.String()
	}
	return fmt.Sprintf("%s has no BTF encoding (%sunit %s%s)", e.What, user, e.Unit, language)
}

// noFormError makes the error of a type without a form, and its text without the place.
func noFormError(n unit.NoForm) (text string, err error) {
	e := &NoFormError{Section: n.Section, Offset: n.Offset, What: n.What, User: n.User, Unit: n.Unit, Language: Language(n.Language)}
	return e.text(), e
}
