package dwarf2btf

import (
	"context"
	"debug/elf"
	"errors"
	"strings"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// input is a file to encode with the files in which the debugging information of it
// stands.
type input struct {
	*elffile.File               // with the symbols, .BTF_ids and the sections of variables
	dwarf         *elffile.File // with the DWARF: the file itself, or its separate debug file
	sup           *elffile.File // its supplementary file, nil if there is none
}

// openInput finds the other files of an input. A file without DWARF that has no other
// file is no error here.
func openInput(ctx context.Context, f *elffile.File, opts *Options) (in input, err error) {
	in = input{File: f, dwarf: f}
	search := debugfile.Search{Roots: opts.DebugDirs, Usable: usable, Opened: opts.Opened}
	if !hasDWARF(f) {
		if err := otherPart(f); err != nil {
			return in, err
		}
		switch d, err := search.Debug(ctx, f); {
		case errors.Is(err, debugfile.ErrNone):
			return in, nil
		case err != nil:
			return in, debugFileError(err)
		default:
			in.dwarf = d
		}
	}
	if in.sup, err = search.Supplementary(ctx, in.dwarf); err != nil {
		in.close()
		return in, debugFileError(err)
	}
	return in, nil
}

// usable tells why another file is of no use.
func usable(f *elffile.File) error {
	if !hasDWARF(f) {
		return ErrNoDWARF
	}
	return nil
}

// close closes the files that openInput opened.
func (in *input) close() {
	if in.sup != nil {
		in.sup.Close()
	}
	if in.dwarf != in.File {
		in.dwarf.Close()
	}
}

// infoBytes is the size of .debug_info.
func (in *input) infoBytes() uint64 {
	info := debugSection(in.dwarf, ".debug_info")
	return info.size()
}

// hasDWARF tells whether a file has units.
func hasDWARF(f *elffile.File) bool {
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
	if hasSplit(f) {
		if f.Section(".debug_cu_index") != nil {
			return errors.New("it is a DWARF package (.dwp), which belongs to a program: encode the program, FILE, with the package beside it as FILE.dwp")
		}
		return errors.New("it is a .dwo file of split DWARF, without the symbols and addresses: encode the object or program that it belongs to, with this file beside it")
	}
	for i := range f.Sections {
		if strings.HasPrefix(f.Sections[i].Name, ".gnu.lto_") && !hasCode(f) {
			return errors.New("it has nothing but intermediate code of gcc (-flto): encode what it is linked to, or compile with -ffat-lto-objects")
		}
	}
	return nil
}

// hasCode tells whether a file has instructions.
func hasCode(f *elffile.File) bool {
	for i := range f.Sections {
		if s := &f.Sections[i]; s.Flags&elf.SHF_EXECINSTR != 0 && s.Size > 0 {
			return true
		}
	}
	return false
}
