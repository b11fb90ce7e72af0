package module

import (
	"context"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
)

// A NothingError says that there is debugging information and nothing to encode in it.
type NothingError struct {
	// LeftOut says that all units were left out by their language or name.
	LeftOut bool
	// Selected says that some may have been.
	Selected bool
}

func (e *NothingError) Error() string {
	switch {
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
			l := opts.Languages
			selected := len(l.Include)+len(l.Exclude)+len(opts.CUExclude) > 0
			return &NothingError{LeftOut: selected && len(r.Languages) == 0, Selected: selected}
		}
		m.BTF, m.Base, m.Lead, m.Languages = r.BTF, r.DistilledBase, r.Main, r.Languages
		return nil
	}}
}
