package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/inspect/inlined"
)

// A NothingError says that there is debugging information and nothing to encode in it.
type NothingError struct {
	// LeftOut says that all units were left out by their language or name.
	LeftOut bool
	// Selected says that some may have been.
	Selected bool
	// Rust says that all are in Rust, and that nobody but Build left them out.
	Rust bool
}

func (e *NothingError) Error() string {
	switch {
	case e.Rust:
		return "nothing to encode: all units are in Rust, which builds of the kernel leave out"
	case e.LeftOut:
		return "nothing to encode: all units are left out, by their languages or names"
	case e.Selected:
		return "nothing to encode: no type in any unit that is not left out"
	}
	return "nothing to encode: no type in any unit, as when it was compiled with -g1"
}

// A Converter is dwarf2btf.Convert, or what takes its place.
type Converter func(context.Context, []*elffile.File, dwarf2btf.Options) (*dwarf2btf.Result, error)

// Encode encodes the DWARF of the files. The error is a *NothingError or one of
// dwarf2btf.Convert, such as dwarf2btf.ErrNoDWARF.
func Encode(opts dwarf2btf.Options) Step { return EncodeWith(dwarf2btf.Convert, opts) }

// EncodeWith is Encode with another converter.
func EncodeWith(convert Converter, opts dwarf2btf.Options) Step {
	return Step{"encode", func(ctx context.Context, m *Module) error {
		r, err := convert(ctx, m.Files, opts)
		if err != nil {
			return err
		}
		if r.BTF == nil {
			selected := selects(&opts)
			return &NothingError{LeftOut: selected && len(r.Languages) == 0, Selected: selected}
		}
		if opts.Features.Has(features.InlinePreview) {
			if err := inlined.Check(r.BTF); err != nil {
				return fmt.Errorf("nothing is written, as the result of inline_preview is not right, which is a defect of this program: %w", err)
			}
		}
		m.BTF, m.Base, m.Main, m.Languages = r.BTF, r.DistilledBase, r.Main, r.Languages
		return nil
	}}
}

// selects reports whether options leave out units.
func selects(o *dwarf2btf.Options) bool {
	return len(o.Languages.Include)+len(o.Languages.Exclude)+len(o.CUExclude) > 0
}

// encodeWithoutRust is Encode of all other units.
func encodeWithoutRust(opts dwarf2btf.Options) Step {
	alone := !selects(&opts)
	l := &opts.Languages
	l.Exclude = append(l.Exclude[:len(l.Exclude):len(l.Exclude)], dwarf2btf.LangRust)
	step := Encode(opts)
	return Step{step.Name, func(ctx context.Context, m *Module) error {
		err := step.Do(ctx, m)
		if nothing := new(NothingError); errors.As(err, &nothing) {
			nothing.Rust = alone && nothing.LeftOut
		}
		return err
	}}
}
