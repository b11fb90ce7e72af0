package dwarf2btf

import (
	"context"
	"debug/elf"
	"errors"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// openInput finds the other files of an input. A file without DWARF that has no other
// file is no error here.
func openInput(ctx context.Context, f *elffile.File, opts *Options) (in unit.Input, err error) {
	in = unit.Input{File: f, DWARF: f}
	search := debugfile.Search{Roots: opts.DebugDirs, Usable: usable, Opened: opts.Opened}
	if !unit.HasDWARF(f) {
		if err := otherPart(f); err != nil {
			return in, err
		}
		switch d, err := search.Debug(ctx, f); {
		case errors.Is(err, debugfile.ErrNone):
			return in, nil
		case err != nil:
			return in, debugFileError(err)
		default:
			in.DWARF = d
		}
	}
	if in.Sup, err = search.Supplementary(ctx, in.DWARF); err != nil {
		closeInput(&in)
		return in, debugFileError(err)
	}
	return in, nil
}

// HasDWARF reports whether a file has debugging information itself, rather than in a debug file.
func HasDWARF(f *elffile.File) bool { return unit.HasDWARF(f) }

// usable tells why another file is of no use.
func usable(f *elffile.File) error {
	if !unit.HasDWARF(f) {
		return ErrNoDWARF
	}
	return nil
}

// closeInput closes the files that openInput opened.
func closeInput(in *unit.Input) {
	if in.Sup != nil {
		in.Sup.Close()
	}
	if in.DWARF != in.File {
		in.DWARF.Close()
	}
}

// A DebugFileError says that a file needs another one, a separate debug file for
// example, that was not found where it should be, or is not the right one. The text has
// all places, and for each file that is there why it was passed over.
type DebugFileError struct{ err error }

func (e *DebugFileError) Error() string {
	return e.err.Error() + "; --debug_dir=DIR names another directory to look in"
}

func (e *DebugFileError) Unwrap() error { return e.err }

// Partial reports whether the file has debugging information itself, of which a part is
// in the other file: its units are split, or share a supplementary file. Of a file that
// is not partial nothing is known but that its debugging information is elsewhere.
func (e *DebugFileError) Partial() bool {
	var missing *debugfile.NotFoundError
	return errors.As(e.err, &missing) && missing.Kind != debugfile.Separate
}

// debugFileError marks the errors that say that another file is missing.
func debugFileError(err error) error {
	var missing *debugfile.NotFoundError
	if errors.As(err, &missing) {
		return &DebugFileError{err: missing}
	}
	return err
}

// otherPart tells what a file without units is if it is a part of something else. A file
// with nothing of the kind may well have no debugging information.
func otherPart(f *elffile.File) error {
	if unit.HasSplit(f) {
		if f.Section(".debug_cu_index") != nil {
			return errors.New("it is a DWARF package (.dwp), which belongs to a program: encode the program, FILE, " +
				"with the package beside it as FILE.dwp")
		}
		return errors.New("it is a .dwo file of split DWARF, without the symbols and addresses: " +
			"encode the object or program that it belongs to, with this file beside it")
	}
	for i := range f.Sections {
		if strings.HasPrefix(f.Sections[i].Name, ".gnu.lto_") && !hasCode(f) {
			return errors.New("it has nothing but intermediate code of gcc (-flto): encode what it is linked to, " +
				"or compile with -ffat-lto-objects")
		}
	}
	return nil
}

// hasCode reports whether a file has instructions.
func hasCode(f *elffile.File) bool {
	for i := range f.Sections {
		if s := &f.Sections[i]; s.Flags&elf.SHF_EXECINSTR != 0 && s.Size > 0 {
			return true
		}
	}
	return false
}
