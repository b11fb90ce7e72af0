package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
)

// ReadIDs reads what .BTF_ids asks for. A module without that section, or whose
// section is empty, has no table. The error is about a section without symbols, of
// which nothing says what it asks for, or is one of btfids.Read.
func ReadIDs() Step {
	return Step{"read " + btfids.SectionName, func(_ context.Context, m *Module) error {
		if s := m.file().Section(btfids.SectionName); s == nil || !s.HasData() || s.Size == 0 {
			return nil
		}
		table, err := btfids.Read(m.file())
		if errors.Is(err, btfids.ErrNone) {
			return fmt.Errorf("its section %s needs new IDs, and nothing says of which types: it has no symbol table", btfids.SectionName)
		}
		m.Table = table
		return err
	}}
}

// A FilledError says that .BTF_ids was filled in with the IDs of types that cannot be
// had: its flags are in the order of these IDs, and nothing tells whose they are.
type FilledError struct{ Err error }

func (e *FilledError) Error() string {
	return fmt.Sprintf("%s is filled in already, and the BTF that it was filled in from cannot be had (%v): "+
		"build the module again", btfids.SectionName, e.Err)
}

func (e *FilledError) Unwrap() error { return e.Err }

// UnfillIDs takes back what filling in .BTF_ids did in a module that was done before,
// by the BTF that it has, on base if it needs one. Encode and what is about kernel
// functions look at the flags of that section, which filling it in puts into another
// order. The error is a *FilledError.
func UnfillIDs(base *btf.Types) Step {
	return Step{"unfill " + btfids.SectionName, func(_ context.Context, m *Module) error {
		if m.Table == nil || !m.Table.Resolved() {
			return nil
		}
		f := m.file()
		types, err := btf.Load(f, f.Size, base)
		if err != nil {
			return &FilledError{err}
		}
		view, err := f.WithData(f.Section(btfids.SectionName), m.Table.Unresolve(types))
		if err != nil {
			return err
		}
		m.Files[0] = view
		m.Table, err = btfids.Read(view)
		return err
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
