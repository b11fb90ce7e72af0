package module

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
)

// A RemadeNote says that .BTF_ids was filled in already, that the BTF from which it was is
// lost, and that the same was made again: its IDs are those in the section.
type RemadeNote struct {
	Moved int // functions whose flags stood at the symbol of another one
}

func (n RemadeNote) String() string {
	return fmt.Sprintf("%s is filled in already, from BTF that is not there any more; the same was made again, and says whose the flags of %d functions are",
		btfids.SectionName, n.Moved)
}

// unfillLost is a step like UnfillIDs for modules whose BTF may be lost, as after strip -R .BTF. The same program makes
// the same types of the same debugging information, so IDs that name nothing else than the functions of the sets are
// the lost ones. ways are several lists of steps that make types, one of which may have made those.
func unfillLost(unfill Step, ways ...[]Step) Step {
	return Step{unfill.Name, func(ctx context.Context, m *Module) error {
		err := unfill.Do(ctx, m)
		if filled := (*FilledError)(nil); !errors.As(err, &filled) {
			return err
		}
		for _, steps := range ways {
			linked := remade(ctx, m, steps)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if linked == nil {
				continue
			}
			done, err := m.withIDs(linked.Data)
			if err != nil {
				return err
			}
			*m = *done
			m.warn(RemadeNote{linked.Moved})
			return nil
		}
		return err
	}}
}

// remade returns the section as it was linked if these steps make the types that it was filled in from, and else nil.
// Flags of functions may change what is made of them, and whose they are is not known yet, so types are made without
// any. That has the functions in the same order, which tells whose flags are whose. Then the types are made once more,
// and have to have the very IDs.
func remade(ctx context.Context, m *Module, steps []Step) *btfids.Linked {
	types := m.typesWith(ctx, m.Table.WithoutFlags(), steps)
	if types == nil {
		return nil
	}
	guess, err := m.Table.UnresolveInOrder(types)
	if err != nil {
		return nil
	}
	linked, err := m.Table.Unresolve(m.typesWith(ctx, guess.Data, steps))
	if err != nil || linked.Doubt != nil || !bytes.Equal(linked.Data, guess.Data) {
		return nil
	}
	return linked
}

// typesWith returns the types that steps make if .BTF_ids has these contents, and nil if they fail.
func (m *Module) typesWith(ctx context.Context, ids []byte, steps []Step) *btf.Types {
	trial, err := m.withIDs(ids)
	if err != nil || Run(ctx, trial, steps...) != nil {
		return nil
	}
	return trial.BTF
}

// withIDs returns a copy of a module that has other contents of .BTF_ids.
func (m *Module) withIDs(data []byte) (*Module, error) {
	f := m.file()
	view, err := f.WithData(f.Section(btfids.SectionName), data)
	if err != nil {
		return nil, err
	}
	c := *m
	c.Files, c.Warnings, c.Table = slices.Clone(m.Files), slices.Clip(m.Warnings), m.Table.WithData(data)
	c.Files[0] = view
	return &c, nil
}
