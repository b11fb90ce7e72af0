package ext

import "fmt"

// A ParseError says where a section breaks the format.
type ParseError struct {
	Offset int64 // in bytes from the start of the section
	Msg    string
}

func (e *ParseError) Error() string { return fmt.Sprintf(".BTF.ext+%#x: %s", e.Offset, e.Msg) }

func parseErrorf(offset uint64, format string, args ...any) *ParseError {
	return &ParseError{int64(offset), fmt.Sprintf(format, args...)}
}
