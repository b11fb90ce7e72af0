package btfids

import (
	"context"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/distill"
)

// Kfuncs says by what a kernel function is known.
type Kfuncs uint8

const (
	KfuncsByTag Kfuncs = iota // the encoder has tagged it, as for Linux 7.0 to 7.2
	KfuncsBySet               // a set8 of .BTF_ids lists it, as for Linux 7.3
)

// Options say what Prepare does beside what it always does.
type Options struct {
	Kfuncs Kfuncs

	// Distill makes split types independent of their base, for a module that is
	// built outside of the kernel's tree.
	Distill bool
}

// Prepared is what Prepare has made.
type Prepared struct {
	BTF      *btf.Types // for .BTF
	Base     *btf.Types // for .BTF.base; nil if nothing was distilled
	Warnings []SetWarning
}

// A StepError says which step of Prepare failed.
type StepError struct {
	Step string // what could not be done, as in "distill base BTF"
	Err  error
}

func (e *StepError) Error() string { return fmt.Sprintf("failed to %s: %v", e.Step, e.Err) }
func (e *StepError) Unwrap() error { return e.Err }

// Prepare makes of encoded types what a build of Linux 7.0 or newer puts into a
// kernel or module: kernel functions are shown as BPF programs see them, the base is
// distilled if opts say so, and the types are sorted by name. Kernel functions by set
// get tags first, and duplicates are removed then, also of what the encoder wrote.
// The table may be nil.
//
// IDs change, so Resolve needs the result. Errors are those of ImplicitArgs or
// TagKfuncs, and a *StepError with that of dedup.Dedup, distill.Distill or
// btf.SortByName.
func Prepare(ctx context.Context, types *btf.Types, t *Table, opts Options) (*Prepared, error) {
	out := new(Prepared)
	var err error
	if opts.Kfuncs == KfuncsBySet {
		if types, out.Warnings, err = TagKfuncs(types, t); err != nil {
			return nil, err
		}
		if types, err = dedup.Dedup(ctx, types, dedup.Options{}); err != nil {
			return nil, &StepError{"dedup BTF", err}
		}
	} else if types, err = ImplicitArgs(types, t); err != nil {
		return nil, err
	}
	if opts.Distill {
		if out.Base, types, err = distill.Distill(types); err != nil {
			return nil, &StepError{"distill base BTF", err}
		}
		// As libbpf writes BTF that it has made; what it has read keeps its header.
		out.Base, types = out.Base.WithLongHeader(true), types.WithLongHeader(true)
	}
	if out.BTF, err = btf.SortByName(types); err != nil {
		return nil, &StepError{"sort BTF", err}
	}
	return out, nil
}
