package dwarf2btf

import (
	"context"
	"errors"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/libbpf"
)

// ErrNoDWARF says that a file has no debugging information to encode.
var ErrNoDWARF = errors.New("no DWARF debugging information")

// Result is what [Convert] returns.
type Result struct {
	// BTF is nil when every unit was left out, and when no unit had a type and there
	// is no base. With a base it is split BTF over Options.Base.Types, or over
	// DistilledBase if there is one; it is empty if the base has all types.
	BTF *btf.Types

	// DistilledBase is what BTF needs to know of the base, with the feature
	// distilled_base.
	DistilledBase *btf.Types

	// Main is the index of the main file: the first one with a unit that was not left
	// out. It is the one that pahole puts the result into; see [Convert].
	Main int

	// Languages are the DW_AT_language of the units that were not left out, in
	// ascending order, 0 for none. Kernels accept names of C alone, so that BTF with
	// others is often refused; see package verify.
	Languages []Language

	// Calls are where the source calls the function Options.CallsOf and it was inlined, by
	// section and offset.
	Calls []InlinedCall
}

// Convert encodes the debugging information of ELF files as one BTF, with the
// bytes of pahole 1.32. The result depends on the input and the options only,
// not on the number of jobs. Errors of the input name section and offset
// (*elffile.FormatError or an error of the DWARF reader), and the file if there are
// several; ErrNoDWARF is for files without debugging information.
//
// Several files have one byte order and one size of addresses. Their functions stay
// apart: two of one name are two, unless they are equal in the end. The section
// .BTF_ids and the sections of variables are those of the main file, see [Result]: as in
// pahole 1.32, kfuncs of the others are not tagged, and a variable of another file
// belongs to the section of the main file that has its address, if there is one.
//
// Files are read piece by piece while Convert runs. It may be called from several
// goroutines for different files.
func Convert(ctx context.Context, files []*elffile.File, opts Options) (*Result, error) {
	c, err := newConversion(files, &opts)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if err := c.open(ctx); err != nil {
		return nil, err
	}
	for {
		result, err := c.attempt(ctx)
		if damaged := (*typegraph.BaseError)(nil); errors.As(err, &damaged) {
			return nil, &BaseError{damaged.Err}
		}
		if err == nil || !c.adapt(err) {
			return result, err
		}
		c.stats.Reruns++
	}
}

// attempt is the conversion as ARCHITECTURE.md draws it, in the present mode. An error
// may ask for another mode, see adapt.
func (c *conversion) attempt(ctx context.Context) (*Result, error) {
	c.phase("base")
	w := c.opts.Base.borrow(c.infoBytes, c.deferred)
	defer c.opts.Base.giveBack(w)
	e := c.newEncoder(w)

	for i := range c.inputs {
		if err := c.addFile(ctx, e, w, i); err != nil {
			return nil, c.nameFile(c.files[i], err)
		}
	}
	// The types of functions, which follow, do not matter for this.
	if g, ok := e.graph.(interface{ CheckOrder() error }); ok {
		if err := g.CheckOrder(); err != nil {
			return nil, err
		}
	}

	types, err := c.finish(ctx, e)
	if err != nil {
		return nil, c.nameFile(e.mainFile().ELF(), err)
	}
	c.stats.addEncoder(e)
	for _, f := range e.files {
		c.report(f)
	}
	return c.result(e, types)
}

// addFile encodes the units of file i.
func (c *conversion) addFile(ctx context.Context, e *encoder, w *workspace, i int) (err error) {
	if !unit.HasDWARF(c.inputs[i].DWARF) {
		return ErrNoDWARF
	}
	c.phase("symbols")
	f, err := unit.Open(ctx, &c.inputs[i], c.units, w.names, w.shapes, e.main, w.storage)
	if err != nil {
		return err
	}
	defer f.Close()
	defer func() {
		// What is out of order may have led to any error.
		if unordered := f.CheckOrder(); err == nil || errors.Is(unordered, unit.ErrOrder) {
			err = unordered
		}
	}()
	if err := f.Start(ctx, c.pool, e.main == nil); err != nil {
		return err
	}

	c.phase("units")
	c.current = i
	if err := c.chooseMerging(f); err != nil {
		return err
	}
	e.begin(f, c.inputs[i].InfoBytes())
	if f.Merged {
		err = c.addMergedUnits(ctx, e, f)
	} else {
		err = c.addUnits(ctx, e, f)
	}
	// Without room for all names other errors mean little.
	if err := w.names.Err(); err != nil {
		return err
	}
	c.infoBefore += c.inputs[i].InfoBytes()
	if err == nil {
		c.inputs[i].Added()
	}
	return err
}

// finish adds what stands after the types of the units, and makes BTF of all. It
// returns nil if there is none.
func (c *conversion) finish(ctx context.Context, e *encoder) (*btf.Types, error) {
	// pahole 1.32 makes its encoder for the first unit that is not left out.
	if e.main == nil {
		return nil, nil
	}
	c.phase("functions")
	if err := e.addFunctions(ctx, c.pool); err != nil {
		return nil, err
	}
	if e.inlined != nil {
		c.phase("inlined")
		if err := e.addInlined(); err != nil {
			return nil, err
		}
	}
	if e.types == 0 && c.opts.Base == nil {
		return nil, nil
	}
	c.phase("dedup")
	e.releaseInput() // the result needs the memory
	merged, err := e.graph.Finish(ctx)
	if err != nil {
		return nil, err
	}
	c.phase("build")
	return e.build(merged)
}

// result makes the result of the types, which may be nil.
func (c *conversion) result(e *encoder, types *btf.Types) (*Result, error) {
	r := &Result{Main: slices.Index(e.files, e.mainFile()), Languages: languagesOf(e.languages.Codes()), BTF: types, Calls: e.calls}
	defer c.stats.endPhase()
	f := c.opts.Features
	switch {
	case types == nil:
	case c.opts.Base == nil:
		// Split BTF has the layout of its base (libbpf: btf__new_split).
		r.BTF = types
		switch layout := f.Has(features.Layout); {
		case layout && c.opts.Compat.AtLeast(libbpf.V19):
			r.BTF = types.WithFullLayout()
		case layout && c.opts.Compat.AtLeast(libbpf.V18):
			r.BTF = types.WithLayout(true)
		}
	case f.Has(features.DistilledBase):
		c.phase("distill")
		var err error
		if r.DistilledBase, r.BTF, err = distill.Distill(types, distill.Options{Compat: c.opts.Compat}); err != nil {
			return nil, err
		}
	}
	return r, nil
}
