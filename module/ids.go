package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btfids"
)

// ReadIDs reads what .BTF_ids asks for. A module without that section, or whose
// section is empty, has no table. The error is about a section without symbols, of
// which nothing says what it asks for, or is one of btfids.Read.
func ReadIDs() Step {
	return Step{"read " + btfids.SectionName, func(_ context.Context, m *Module) error {
		s := m.file().Section(btfids.SectionName)
		if s == nil || s.Size == 0 {
			return nil
		}
		if !s.HasData() {
			m.warn(NoContentsWarning{})
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

// A NoContentsWarning says that the file has a section .BTF_ids and not what is in it, as
// files have that were made with objcopy --only-keep-debug.
type NoContentsWarning struct{}

func (NoContentsWarning) String() string {
	return fmt.Sprintf("its section %s has no contents, as in a debug file: nothing tells which functions are kernel functions, "+
		"and they get no tags; the file that it belongs to has them", btfids.SectionName)
}

// TryIDs is ReadIDs for steps that do without: whatever is wrong, there is no table then.
func TryIDs() Step {
	return Step{"look at " + btfids.SectionName, func(ctx context.Context, m *Module) error {
		if err := ReadIDs().Do(ctx, m); err != nil {
			m.Table = nil
		}
		return nil
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
