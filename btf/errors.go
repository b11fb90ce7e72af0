package btf

import (
	"errors"
	"fmt"
)

// ErrNeedBase is wrapped by the error of Parse and Load for a blob that looks
// like split BTF when no base was given.
var ErrNeedBase = errors.New("split BTF, its base is missing")

// ErrNoBTF is wrapped by the error of Load for an ELF file without a .BTF
// section.
var ErrNoBTF = errors.New("no .BTF section")

// ParseError says where a blob breaks the format.
type ParseError struct {
	Section string // "header", "types", "layout" or "strings"
	Offset  int64  // in bytes from the start of that section
	Msg     string
	Err     error // ErrNeedBase, or nil
}

func (e *ParseError) Error() string {
	s := fmt.Sprintf("BTF %s+%#x: %s", e.Section, e.Offset, e.Msg)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns Err.
func (e *ParseError) Unwrap() error { return e.Err }

func parseErrorf(section string, offset int, format string, args ...any) *ParseError {
	return &ParseError{Section: section, Offset: int64(offset), Msg: fmt.Sprintf(format, args...)}
}

// NotKnown says, for the errors of code that moves, renumbers or compares types, why it
// cannot do so with those of a kind that is not [Kind.Known]. A layout section tells
// how long their records are, and nothing else.
func (k Kind) NotKnown() string {
	return fmt.Sprintf("kind %d is not known, nor what its records refer to; a newer gopahole may know it", uint8(k))
}
