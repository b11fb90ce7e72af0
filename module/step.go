package module

import (
	"context"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
)

// A Module is a file on its way through the steps: what was read of it, and what it
// gets. Fields that a step needs may be set by hand instead of by an earlier step.
type Module struct {
	// Files are the input. The first one is the module, which gets the result; more
	// are encoded together with it. Raw BTF has none.
	Files []*elffile.File

	BTF    *btf.Types    // for .BTF
	Base   *btf.Types    // for .BTF.base; nil for a module without
	Inline *btf.Types    // for .BTF.inline, split from BTF; nil for a module without
	IDs    []byte        // for .BTF_ids; nil if that stays as it is
	Table  *btfids.Table // what .BTF_ids asks for; nil for a module without
	// Main is the index of the file that pahole would put the result into, the first
	// one of which something is encoded.
	Main int
	// Languages are those of the units that are encoded, each once.
	Languages []dwarf2btf.Language

	// Warnings are what a user should know although the steps went well, in their
	// order: btfids.Warning, btfids.SetWarning, and those of this package, such as
	// GuessWarning and FinishedNote.
	Warnings []fmt.Stringer
}

// New returns the module of a file. What is in more files is encoded together with it.
func New(file *elffile.File, more ...*elffile.File) *Module {
	return &Module{Files: append([]*elffile.File{file}, more...)}
}

// file returns the module's own file, nil for raw BTF.
func (m *Module) file() *elffile.File {
	if len(m.Files) == 0 {
		return nil
	}
	return m.Files[0]
}

func (m *Module) warn(w fmt.Stringer) { m.Warnings = append(m.Warnings, w) }

// A Step is one thing that is done with a module. Programs may have steps of their own.
type Step struct {
	Name string
	Do   func(context.Context, *Module) error
}

// Run does the steps one after the other. The first error ends it, and is returned as
// it is; that of a context that has ended goes before that of a step.
func Run(ctx context.Context, m *Module, steps ...Step) error {
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Do(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// A StepError says which step could not be done, for those whose errors do not say
// what was attempted. Its text is that of Err.
type StepError struct {
	Step string // its Name
	Err  error
}

func (e *StepError) Error() string { return e.Err.Error() }
func (e *StepError) Unwrap() error { return e.Err }
