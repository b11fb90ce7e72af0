package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// DebugFiles says where the debug file of a module is that stands apart. The zero value is
// the usual places: beside the module, and below /usr/lib/debug.
type DebugFiles struct {
	// Dirs are laid out like /usr/lib/debug, and looked at before it.
	Dirs []string
	// Opened is told the path of a file that is read, nil if nobody asks.
	Opened func(path string)
}

// A SymbolsNote says that the symbols of a module are those of its debug file, and that all
// is well: it has none of .BTF_ids itself.
type SymbolsNote struct{ Path string }

func (n SymbolsNote) String() string {
	return fmt.Sprintf("it is stripped of the symbols of %s: those of its debug file %s are used", btfids.SectionName, n.Path)
}

// A StrippedError says that nothing tells what .BTF_ids asks for: the symbols are gone.
type StrippedError struct {
	// Err is an error of the search for the debug file, nil if there is nothing that may
	// be one.
	Err error
}

func (e *StrippedError) Error() string {
	const what = "nothing says of which types the IDs in its section " + btfids.SectionName + " are, as it is stripped of their symbols: "
	if e.Err == nil {
		return what + "put its debug file, which has them, beside it as FILE.debug, or --debug_dir=DIR names a directory like /usr/lib/debug that has it"
	}
	return what + e.Err.Error() + "; --debug_dir=DIR names another directory to look in"
}

func (e *StrippedError) Unwrap() error { return e.Err }

// ReadTable is btfids.Read for a file that may be stripped. If it has no symbol that says
// what its section .BTF_ids asks for, and its debug file has them, view is the file with the
// symbols of that, and note says so; else view is f. The error is a *StrippedError, that of ctx, or
// one of btfids.Read, which wraps btfids.ErrNone for a file without the section.
func (d DebugFiles) ReadTable(ctx context.Context, f *elffile.File) (table *btfids.Table, view *elffile.File, note *SymbolsNote, err error) {
	table, err = btfids.Read(f)
	if !errors.Is(err, elffile.ErrNoSymtab) && (err != nil || !table.IsStripped()) {
		return table, f, nil, err
	}
	search := debugfile.Search{Roots: d.Dirs, Opened: d.Opened, Usable: func(other *elffile.File) (err error) {
		view, table, err = borrowSymbols(f, other)
		return err
	}}
	switch other, err := search.Debug(ctx, f); {
	case errors.Is(err, debugfile.ErrNone):
		return nil, nil, nil, &StrippedError{}
	case err != nil && ctx.Err() != nil:
		return nil, nil, nil, err
	case err != nil:
		return nil, nil, nil, &StrippedError{err}
	default:
		defer other.Close()
		return table, view, &SymbolsNote{other.Name}, nil
	}
}

// borrowSymbols returns f with the symbols of its debug file, and what they ask for.
func borrowSymbols(f, debug *elffile.File) (*elffile.File, *btfids.Table, error) {
	number, err := debugfile.PairSections(debug, f)
	if err != nil {
		return nil, nil, err
	}
	view, err := f.WithSymbols(debug, number)
	if err != nil {
		return nil, nil, err
	}
	table, err := btfids.Read(view)
	if err == nil && table.IsStripped() {
		err = errors.New("it has no symbols of " + btfids.SectionName)
	}
	return view, table, err
}
