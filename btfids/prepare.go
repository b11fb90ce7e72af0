package btfids

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
)

// Options say what Prepare does beside what it always does.
type Options struct {
	// Distill makes split types independent of their base, for a module that is
	// built outside of the kernel's tree.
	Distill bool
}

// Prepare makes of encoded types what a build of Linux 7.0 or newer puts into a
// kernel or module: implicit arguments are hidden, the base is distilled if opts
// say so, and the types are sorted by name. out is for .BTF, base for .BTF.base;
// it is nil if nothing was distilled. The table may be nil.
//
// IDs change, so Resolve needs out. Errors are those of ImplicitArgs,
// distill.Distill and btf.SortByName.
func Prepare(types *btf.Types, t *Table, opts Options) (base, out *btf.Types, err error) {
	if types, err = ImplicitArgs(types, t); err != nil {
		return nil, nil, err
	}
	if opts.Distill {
		if base, types, err = distill.Distill(types); err != nil {
			return nil, nil, err
		}
		// As libbpf writes BTF that it has made; what it has read keeps its header.
		base, types = base.WithLongHeader(true), types.WithLongHeader(true)
	}
	if out, err = btf.SortByName(types); err != nil {
		return nil, nil, err
	}
	return base, out, nil
}
