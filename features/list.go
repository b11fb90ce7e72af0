package features

import (
	"fmt"
	"strings"
)

// maxList is how many characters of a list are read, not counting a leading
// plus sign (pahole 1.32: its buffer). What follows is dropped, even in the
// middle of a name.
const maxList = 1024

// An UnknownError reports a name that is no feature, met where names are
// checked.
type UnknownError struct {
	Name      string
	List      string // the whole list, without its leading plus sign
	Supported Set    // what could have been named
}

// Error returns pahole's text: a sentence, a newline and the supported names.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("Feature '%s' in '%s' is not supported.  Supported BTF features are:\n%s",
		e.Name, e.List, e.Supported)
}

// Parse reads a list as --btf_features_strict does and returns the features it
// names. The error, if any, is an *[UnknownError].
func Parse(list string) (Set, error) {
	var b Builder
	if err := b.StrictList(list); err != nil {
		return 0, err
	}
	return b.Set(), nil
}

// parseList returns the features named by list, which is one of
//
//	default
//	all
//	x,y      these, where x and y may also be "default" or "all"
//	+x,y     these and the default ones
//
// Empty items are skipped and blanks are part of a name. Each name that is no
// feature is passed to unknown; a false result ends the parsing.
func parseList(list string, unknown func(name, list string) bool) Set {
	var s Set
	list, plus := strings.CutPrefix(list, "+")
	if plus {
		s = Default()
	}
	for name := range strings.SplitSeq(list[:min(len(list), maxList)], ",") {
		switch f, ok := lookup(name); {
		case ok:
			s |= f
		case name == "":
		case name == "default":
			s |= Default()
		case name == "all":
			s |= All()
		case !unknown(name, list):
			return s
		}
	}
	return s
}
