package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
)

// ReadIDs reads what .BTF_ids asks for. A module without that section, or whose
// section is empty, has no table. One that is stripped of the symbols of the section gets
// those of its debug file, and a SymbolsNote. The error is a *StrippedError, or one of
// btfids.Read.
func ReadIDs(debug DebugFiles) Step {
	return Step{"read " + btfids.SectionName, func(ctx context.Context, m *Module) error {
		s := m.file().Section(btfids.SectionName)
		if s == nil || s.Size == 0 {
			return nil
		}
		if !s.HasData() {
			m.warn(NoContentsWarning{})
			return nil
		}
		table, view, note, err := debug.ReadTable(ctx, m.file())
		if err != nil {
			return err
		}
		m.Table, m.Files[0] = table, view
		if note != nil {
			m.warn(*note)
		}
		return nil
	}}
}

// A NoContentsWarning says that the file has a section .BTF_ids and not what is in it, as
// files have that were made with objcopy --only-keep-debug.
type NoContentsWarning struct{}

func (NoContentsWarning) String() string {
	return fmt.Sprintf("its section %s has no contents, as in a debug file: nothing tells which functions are kernel functions, "+
		"and they get no tags; the file that it belongs to has them", btfids.SectionName)
}

// ReadIDsToEncode is ReadIDs for what is encoded next. For a module that is stripped and has
// no DWARF either, nor a debug file, the error is dwarf2btf.ErrNoDWARF.
func ReadIDsToEncode(debug DebugFiles) Step {
	step := ReadIDs(debug)
	return Step{step.Name, func(ctx context.Context, m *Module) error {
		err := step.Do(ctx, m)
		if stripped := (*StrippedError)(nil); errors.As(err, &stripped) && stripped.Err == nil && !dwarf2btf.HasDWARF(m.file()) {
			return dwarf2btf.ErrNoDWARF
		}
		return err
	}}
}

// TryIDs is ReadIDsToEncode for an encoder that may do without: whatever is wrong, there is no
// table then. The exception is a *StrippedError, if kernel functions are to be tagged.
func TryIDs(debug DebugFiles, set features.Set) Step {
	return Step{"look at " + btfids.SectionName, func(ctx context.Context, m *Module) error {
		err := ReadIDsToEncode(debug).Do(ctx, m)
		if stripped := (*StrippedError)(nil); errors.As(err, &stripped) && set.Has(features.DeclTagKfuncs) {
			return err
		}
		return ctx.Err()
	}}
}

// FillIDs looks up in BTF and its bases what .BTF_ids asks for. What a name does not
// stand for, or not for one type alone, is a btfids.Warning.
func FillIDs() Step {
	return Step{"fill in " + btfids.SectionName, func(_ context.Context, m *Module) error {
		if m.Table == nil {
			return nil
		}
		r := m.Table.Resolve(m.BTF)
		m.IDs = r.Data
		for _, w := range r.Warnings {
			m.warn(w)
		}
		return nil
	}}
}
