package dwarf2btf

import (
	"context"
	"errors"

	"github.com/gopahole/gopahole/internal/debugfile"
	"github.com/gopahole/gopahole/internal/elfio"
)

// input is a file to encode with the files in which the debugging information of it
// stands.
type input struct {
	*elfio.File             // with the symbols, .BTF_ids and the sections of variables
	dwarf       *elfio.File // with the DWARF: the file itself, or its separate debug file
}

// openInput finds the other files of an input. A file without DWARF that has no other
// file is no error here.
func openInput(ctx context.Context, f *elfio.File, opts *Options) (in input, err error) {
	in = input{File: f, dwarf: f}
	if hasDWARF(f) {
		return in, nil
	}
	search := debugfile.Search{Roots: opts.DebugDirs, Usable: func(d *elfio.File) error {
		if !hasDWARF(d) {
			return ErrNoDWARF
		}
		return nil
	}}
	d, err := search.Debug(ctx, f)
	var missing *debugfile.NotFoundError
	switch {
	case errors.Is(err, debugfile.ErrNone):
	case errors.As(err, &missing):
		return in, &DebugFileError{err: missing}
	case err != nil:
		return in, err
	default:
		in.dwarf = d
	}
	return in, nil
}

// close closes the files that openInput opened.
func (in *input) close() {
	if in.dwarf != in.File {
		in.dwarf.Close()
	}
}

// hasDWARF tells whether a file has units.
func hasDWARF(f *elfio.File) bool {
	info, types := debugSection(f, ".debug_info"), debugSection(f, ".debug_types")
	return info.size()+types.size() > 0
}

// A DebugFileError says that a file needs another one, a separate debug file for
// example, that was not found where it should be, or is not the right one. The text has
// all places, and for each file that is there why it was passed over.
type DebugFileError struct{ err error }

func (e *DebugFileError) Error() string {
	return e.err.Error() + "; --debug_dir=DIR names another directory to look in"
}

func (e *DebugFileError) Unwrap() error { return e.err }
