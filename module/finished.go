package module

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
)

// A FilledError says that .BTF_ids was filled in with the IDs of types that cannot be
// had: its flags are in the order of these IDs, and nothing tells whose they are.
type FilledError struct{ Err error }

func (e *FilledError) Error() string {
	return fmt.Sprintf("%s is filled in already, and nothing tells which function has which flags (%v): "+
		"take the file as it was linked", btfids.SectionName, e.Err)
}

func (e *FilledError) Unwrap() error { return e.Err }

// A FinishedNote says that .BTF_ids was filled in already, as in a finished kernel or
// module, and that all is well: whose the flags are, its IDs have told.
type FinishedNote struct {
	Moved int // functions whose flags stood at the symbol of another one
}

func (n FinishedNote) String() string {
	return fmt.Sprintf("%s is filled in already, and sorted: its IDs say whose the flags of %d functions are", btfids.SectionName, n.Moved)
}

// A DoubtWarning says that .BTF_ids was filled in already, and has no IDs for some
// functions: nothing tells which of them has which flags.
type DoubtWarning struct{ Names []string }

func (w DoubtWarning) String() string {
	const most = 5
	names, more := w.Names, ""
	if len(names) > most {
		names, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	return fmt.Sprintf("%s is filled in already, without IDs for %s%s: which of their flags are whose is not known, "+
		"and they are taken in the order of the symbols", btfids.SectionName, strings.Join(names, ", "), more)
}

// UnfillIDs takes back what filling in .BTF_ids did in a file that was done before. Encode
// and what is about kernel functions look at the flags of that section, which filling it in
// puts into another order. What tells whose they are is the BTF that the file has, which
// may be split from base or, as after a new build of the kernel, from a base that is not
// there any more; if that is gone, the module's types. Flags that were found elsewhere
// than symbols say are a FinishedNote, and those of which nothing is known a DoubtWarning.
// The error is a *FilledError.
func UnfillIDs(base *btf.Types) Step {
	return Step{"unfill " + btfids.SectionName, func(_ context.Context, m *Module) error {
		if m.Table == nil || !m.Table.Resolved() {
			return nil
		}
		f := m.file()
		linked, err := unresolve(m.Table, f, base, m.BTF)
		if err != nil {
			return &FilledError{err}
		}
		done, err := m.withIDs(linked.Data)
		if err != nil {
			return err
		}
		*m = *done
		if linked.Moved > 0 {
			m.warn(FinishedNote{linked.Moved})
		}
		if linked.Doubt != nil {
			m.warn(DoubtWarning{linked.Doubt})
		}
		return nil
	}}
}

// UnfillEncoded is UnfillIDs for an encoder, where it matters to that: if it tags kernel
// functions, and some of them have flags that make other tags.
func UnfillEncoded(base *btf.Types, set features.Set) Step {
	step := UnfillIDs(base)
	return Step{step.Name, func(ctx context.Context, m *Module) error {
		if !set.Has(features.DeclTagKfuncs) || m.Table == nil || !m.Table.Mixed(btfids.EncodedFlags) {
			return nil
		}
		return step.Do(ctx, m)
	}}
}

// UnfillResolved is UnfillIDs for BTF that was encoded anew, as a build does with the
// modules that it has when vmlinux is another one. It is no error there if the old BTF is
// gone, unless kernel functions differ in these flags: FillIDs then takes flags to be in
// the order of the new IDs, as they were in that of the old ones.
func UnfillResolved(base *btf.Types, flags uint32) Step {
	step := UnfillIDs(base)
	return Step{step.Name, func(ctx context.Context, m *Module) error {
		err := step.Do(ctx, m)
		if filled := (*FilledError)(nil); errors.As(err, &filled) && !m.Table.Mixed(flags) {
			return nil
		}
		return err
	}}
}

// unresolve is Table.Unresolve by the first types that the table was filled in from.
func unresolve(t *btfids.Table, f *elffile.File, base, others *btf.Types) (*btfids.Linked, error) {
	linked, err := t.Unresolve(nil)
	if err == nil {
		return linked, nil
	}
	if linked, err = unresolveByOwn(t, f, base); err == nil || others == nil {
		return linked, err
	}
	if linked, err := t.Unresolve(others); err == nil {
		return linked, nil
	}
	return nil, err
}

// unresolveByOwn is Table.Unresolve by the BTF in the file, on the first base that suits.
// The error is about that on the base that was given.
func unresolveByOwn(t *btfids.Table, f *elffile.File, base *btf.Types) (*btfids.Linked, error) {
	s, err := btf.ReadSections(f, f.Size)
	if err != nil {
		return nil, err
	}
	by := func(base *btf.Types) (*btfids.Linked, error) {
		types, err := btf.ParseLoose(s.BTF, base)
		if err != nil {
			return nil, err
		}
		return t.Unresolve(types)
	}
	if s.Base != nil {
		if base, err = btf.ParseLoose(s.Base, nil); err != nil {
			return nil, fmt.Errorf(".BTF.base: %w", err)
		}
		return by(base)
	}
	linked, err := by(base)
	if err == nil {
		return linked, nil
	}
	if base != nil { // which the BTF of a kernel does not need
		if linked, err := by(nil); err == nil {
			return linked, nil
		}
	}
	if base := originalBase(t, s.BTF); base != nil {
		if linked, err := by(base); err == nil {
			return linked, nil
		}
	}
	return nil, err
}

// originalBase returns a base of types without names, in the place of one that is not
// there any more: types that are split from it have their IDs and names. It returns nil if
// too little is known.
func originalBase(t *btfids.Table, raw []byte) *btf.Types {
	none, err := btf.New(nil, nil, nil, []byte{0})
	if err != nil {
		return nil
	}
	own, err := btf.ParseLoose(raw, none)
	if err != nil {
		return nil
	}
	o, ok := t.Origin(own)
	if !ok || o.IDs > kernel.MaxID || o.Strings > kernel.MaxStrOff {
		return nil
	}
	words := make([]uint32, 0, 3*(o.IDs-1))
	for range o.IDs - 1 {
		words = append(words, 0, btf.Info(btf.KindPtr, 0, false), 0)
	}
	types, err := btf.New(nil, nil, words, make([]byte, o.Strings))
	if err != nil {
		return nil
	}
	return types
}
