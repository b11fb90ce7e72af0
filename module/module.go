package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/verify"
)

// ErrNoTypes says that a module has debugging information, and no type in it.
var ErrNoTypes = errors.New("nothing to encode: no type in any unit that was not excluded")

// A RefusedError says that the kernel would not take the result. The module stays
// as it is.
type RefusedError struct {
	Kernel  kernel.Version
	Verdict *verify.Finding
	// BaseIgnored says that it is a kernel which does not know .BTF.base.
	BaseIgnored bool
}

func (e *RefusedError) Error() string {
	text := fmt.Sprintf("Linux %v would refuse the result: %v (errno %d)", e.Kernel, e.Verdict, int(e.Verdict.Errno))
	if e.BaseIgnored {
		text += ": " + e.Verdict.Cause
	}
	return text
}

func (e *RefusedError) Unwrap() error { return e.Verdict }

// A DangerError says that the kernel would take the result and should not. The
// module stays as it is.
type DangerError struct {
	Kernel kernel.Version
	Danger *verify.Finding
}

func (e *DangerError) Error() string {
	return fmt.Sprintf("the result is a danger to Linux %v: %s", e.Kernel, e.Danger.Cause)
}

// An UnknownError says that nobody can tell what the kernel would make of the result.
// The module stays as it is.
type UnknownError struct {
	Kernel kernel.Version
	Why    *verify.Finding
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("whether Linux %v would take the result is not known: %s", e.Kernel, e.Why.Cause)
}

// Result is what a module gets.
type Result struct {
	Release string         // of the kernel it is for
	Loader  kernel.Version // the kernel that was asked
	// Guess says why the rules that were asked are not those of Loader, "" if they
	// are: it is newer than all that are known.
	Guess string

	BTF           *btf.Types // for .BTF
	DistilledBase *btf.Types // for .BTF.base; nil if the module needs that very base
	IDs           []byte     // for .BTF_ids; nil if the module has no such section

	Warnings    []btfids.Warning    // names in .BTF_ids that do not stand for one type
	SetWarnings []btfids.SetWarning // entries in sets of kernel functions that stand for none

	opened *outfile.State // the module, as it was when it was opened
}

// Module makes the BTF of a module. Of the options of the encoder, Base and
// Features do not count, and Rust units are left out, as builds of the kernel do.
// The file is not changed; [Result.Embed] does that.
//
// The error is dwarf2btf.ErrNoDWARF for a module without debugging information,
// ErrNoTypes, ErrNoRelease, a *RefusedError, a *DangerError, an *UnknownError, a
// *BaseError, or says what is wrong with the file.
func (g *Generator) Module(ctx context.Context, f *elffile.File, enc dwarf2btf.Options) (*Result, error) {
	r := &Result{Release: g.opts.Release, opened: f.Opened()}
	if r.Release == "" {
		var err error
		if r.Release, err = Release(f); err != nil {
			return nil, err
		}
	}
	v, err := kernel.ParseVersion(r.Release)
	if err != nil {
		return nil, err
	}
	if r.Loader, err = g.loaderOf(r.Release); err != nil {
		return nil, err
	}
	build := kernel.BuildOf(v)
	table, err := btfids.Read(f)
	if err != nil && !errors.Is(err, btfids.ErrNone) {
		return nil, err
	}
	if table != nil && table.Resolved() {
		if f, table, err = g.unresolved(f, table); err != nil {
			return nil, err
		}
	}
	encoded, err := dwarf2btf.Convert(ctx, []*elffile.File{f}, g.encoding(enc, build))
	if err != nil {
		return nil, err
	}
	if encoded.BTF == nil {
		return nil, ErrNoTypes
	}
	if err := r.prepare(ctx, encoded.BTF, table, build, g.opts.KeepBase); err != nil {
		return nil, err
	}
	if table != nil {
		ids := table.Resolve(r.BTF)
		r.IDs, r.Warnings = ids.Data, ids.Warnings
	}
	return r, g.ask(f, r)
}

// encoding returns what the build of a kernel asks its encoder for.
func (g *Generator) encoding(o dwarf2btf.Options, build kernel.Build) dwarf2btf.Options {
	o.Base = g.base
	o.Features = g.opts.Features
	if o.Features == 0 {
		o.Features = buildFeatures(build)
	}
	o.Features &^= features.DistilledBase // done here, where the kernel's build does it
	o.Languages.Exclude = append(o.Languages.Exclude[:len(o.Languages.Exclude):len(o.Languages.Exclude)], dwarf2btf.LangRust)
	return o
}

// prepare turns the encoded types into those of the sections.
func (r *Result) prepare(ctx context.Context, types *btf.Types, table *btfids.Table, build kernel.Build, keepBase bool) (err error) {
	distilled := !keepBase && build.Distills
	switch {
	case build.Implicit:
		opts := btfids.Options{Distill: distilled}
		if build.Sets {
			opts.Kfuncs = btfids.KfuncsBySet
		}
		p, err := btfids.Prepare(ctx, types, table, opts)
		if err != nil {
			return err
		}
		r.DistilledBase, r.BTF, r.SetWarnings = p.Base, p.BTF, p.Warnings
	case distilled:
		r.DistilledBase, r.BTF, err = distill.Distill(types)
	default:
		r.BTF = types
	}
	return err
}

// ask asks the kernel that loads the module, with the base as its vmlinux.
func (g *Generator) ask(f *elffile.File, r *Result) error {
	sections := &btf.Sections{BTF: r.BTF.Bytes()}
	if r.DistilledBase != nil {
		sections.Base = r.DistilledBase.Bytes()
	}
	pointerSize := 4
	if f.Class64 {
		pointerSize = 8
	}
	asked := r.Loader
	if coverage, rows := kernel.For(asked); coverage == kernel.Newer {
		r.Guess = kernel.Why(asked)
		asked = rows[0].Last
	}
	report := g.loader.Module(asked, sections, verify.Options{PointerSize: pointerSize, AssumeModules: true})
	switch {
	case report.Refusal != nil:
		return &RefusedError{r.Loader, report.Refusal, report.BaseIgnored}
	case report.Undecided() != nil:
		return &UnknownError{Kernel: r.Loader, Why: report.Undecided()}
	case report.Hazard() != nil:
		return &DangerError{Kernel: r.Loader, Danger: report.Hazard()}
	}
	return nil
}

// EmbedOptions change what Embed agrees to do.
type EmbedOptions struct {
	// DropSignature removes the signature of a signed module. Without it a signed
	// module is refused: it would not be valid any more.
	DropSignature bool

	// Check is called at the beginning and at the last moment before the module is
	// replaced; its error ends that. nil agrees.
	Check func() error
}

// Embed puts the result into the module at path, all of it at once; if it fails,
// the module stays as it was. It fails if the file is another one by now than the one
// that was opened, or has changed.
func (r *Result) Embed(path string, opts EmbedOptions) error {
	contents := []elffile.Content{{Name: ".BTF", Data: r.BTF.Bytes()}, {Name: ".BTF.base"}}
	if r.DistilledBase != nil {
		contents[1].Data = r.DistilledBase.Bytes()
	}
	back := &btf.Sections{BTF: contents[0].Data, Base: contents[1].Data}
	if r.IDs != nil {
		contents = append(contents, elffile.Content{Name: btfids.SectionName, Data: r.IDs})
	}
	return elffile.SetSections(path, contents, elffile.Options{DropSignature: opts.DropSignature, Opened: r.opened, Check: opts.Check, ReadBack: back.ReadBack})
}
