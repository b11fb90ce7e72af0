package elffile

import (
	"errors"
	"fmt"
)

// A NotELFError says that a file is no ELF file at all: something else, a directory, a
// pipe, or empty. A damaged ELF file gives a *[FormatError].
type NotELFError struct {
	File   string
	Reason string // "not an ELF file", "empty file", "is a directory", ...
}

func (e *NotELFError) Error() string { return e.File + ": " + e.Reason }

// A FormatError says that an ELF file contradicts itself or the ELF format, or needs more
// than this package does.
type FormatError struct {
	File    string
	Section string // "" for what is not about a section
	Offset  uint64 // in bytes, from the start of Section, or of the file if Section is ""
	Msg     string
	Err     error // of a decompressor or of the system; nil for others
}

func (e *FormatError) Error() string {
	msg := e.Msg
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	place := "offset " // of the file
	if e.Section != "" {
		place = e.Section + "+"
	}
	return fmt.Sprintf("%s: %s%#x: %s", e.File, place, e.Offset, msg)
}

func (e *FormatError) Unwrap() error { return e.Err }

// ErrNoSymtab is wrapped by the error of [File.Symbols] and [File.SymbolTable] for a file
// without a section of type SHT_SYMTAB.
var ErrNoSymtab = errors.New("no symbol table")

// formatf returns a FormatError for an offset of the file.
func (f *File) formatf(offset uint64, format string, args ...any) error {
	return &FormatError{File: f.Name, Offset: offset, Msg: fmt.Sprintf(format, args...)}
}

// sectionf returns a FormatError for an offset of section s.
func (f *File) sectionf(s *Section, offset uint64, format string, args ...any) error {
	return &FormatError{File: f.Name, Section: s.label(), Offset: offset, Msg: fmt.Sprintf(format, args...)}
}
