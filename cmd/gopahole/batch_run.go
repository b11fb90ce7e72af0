package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/tuning"
	"github.com/gopahole/gopahole/internal/workers"
	"github.com/gopahole/gopahole/module"
)

// encodeAll encodes the modules, jobs of them at a time, or fewer if memory is short. What
// became of each is in its report afterwards; those that a signal came before have none.
func (b *batch) encodeAll(ctx context.Context, modules []*batchModule, p *progress) {
	conv := b.conv
	defer useProcessors(b.o.jobs)()
	slots, endSlots := b.jobSlots(b.o.jobs)
	defer endSlots()
	conv.Slots = slots
	admit := newAdmission(modules, b.o.jobs, tuning.FreeMemory())
	// After a signal the modules that are left have no report.
	_ = workers.New(b.o.jobs, slots).Each(ctx, len(modules), func(int) {
		at := admit.next(ctx)
		if at == nil {
			return
		}
		defer admit.done(at)
		conv := conv
		conv.Jobs = at.jobs
		b.encodeReported(ctx, at.module, conv, p, func(err error) bool { return admit.retries(at, err) })
	})
	conv.Jobs = 1
	for _, m := range admit.again {
		if ctx.Err() != nil {
			return
		}
		tuning.GiveBack()
		b.encodeReported(ctx, m, conv, p, func(error) bool { return false })
	}
}

// encodeReported encodes a module and completes its report, unless it is to be encoded again,
// which the error decides.
func (b *batch) encodeReported(ctx context.Context, m *batchModule, conv dwarf2btf.Options, p *progress, again func(error) bool) {
	start := time.Now()
	p.begins(m.path)
	err := b.encodeModule(ctx, m, conv)
	if err != nil && ctx.Err() != nil {
		return
	}
	if err != nil && again(err) {
		m.report.Warnings = nil
		return
	}
	m.finish(err, time.Since(start))
	p.done(m)
}

// encodeModule encodes one module and writes the result, or nothing. Writing is
// not interrupted by a signal.
func (b *batch) encodeModule(ctx context.Context, m *batchModule, conv dwarf2btf.Options) error {
	if m.err != nil { // a directory that cannot be read
		return m.err
	}
	if err := b.mayWrite(m); err != nil {
		return err
	}
	file, err := b.openModule(m.path)
	if err != nil {
		return fileError(m.path, err)
	}
	defer file.Close()
	b.beginReport(m, file, &conv)
	conv.Opened = b.guard.finds(m.path)
	conv.Report = func(d dwarf2btf.Diagnostic) { m.report.Warnings = append(m.report.Warnings, d.String()) }
	if err := b.pipeline(ctx, m, file, conv); err != nil {
		return fileError(m.path, withCure(err))
	}
	return nil
}

// pipeline takes a module through the steps of the verb, and writes the result.
func (b *batch) pipeline(ctx context.Context, bm *batchModule, file *elffile.File, conv dwarf2btf.Options) error {
	m := module.New(file)
	steps, err := b.steps(m, conv)
	if err == nil {
		err = module.Run(ctx, m, append(steps, checkSteps(b.kernels, b.loader)...)...)
	}
	notes := 0
	for _, w := range m.Warnings {
		bm.report.Warnings = append(bm.report.Warnings, warningText(bm.path, w))
		if isNote(w) {
			notes++
		}
	}
	if err != nil {
		return err
	}
	bm.describe(m)
	if bm.encoding != nil {
		bm.encoding.describe(m, bm.output)
	}
	if b.inPlace {
		if m.Base == nil && file.Section(".BTF.base") != nil {
			bm.report.Warnings = append(bm.report.Warnings, bm.path+": "+removedBase)
		}
		if file.Section(btf.InlineSection) != nil {
			bm.report.Warnings = append(bm.report.Warnings, bm.path+": "+removedInline)
		}
		if err := b.o.fatalWarnings(len(bm.report.Warnings) - notes); err != nil {
			return err
		}
		return embed(m, bm.path, elffile.Options{DropSignature: b.o.dropSignature, Check: b.guard.lastInPlace(bm.path), MoveLoaded: b.moveLoaded})
	}
	say := func(format string, args ...any) {
		bm.report.Warnings = append(bm.report.Warnings, fmt.Sprintf(format, args...))
	}
	w, err := rawWriting(bm.output, m, say, errLeftBase)
	if err != nil {
		return err
	}
	if err := b.o.fatalWarnings(len(bm.report.Warnings) - notes); err != nil {
		return err
	}
	// Without syncing: these files are quickly made again, and there are many.
	w.noSync, w.inputs = true, []string{bm.path}
	return b.guard.write(w)
}

// encodeSteps are those of the verb encode.
func (b *batch) encodeSteps(_ *module.Module, conv dwarf2btf.Options) ([]module.Step, error) {
	conv.RefuseFinished = true // what the steps before it could not put right
	return []module.Step{
		module.TryIDs(module.DebugFiles{Dirs: conv.DebugDirs, Opened: conv.Opened}, conv.Features), module.UnfillEncoded(typesOf(conv.Base), conv.Features), module.EncodeWith(b.toBTF, conv),
		checkEncoded(conv.Features),
	}, nil
}

// checkEncoded is module.CheckKfuncs after an encoder that may not have been asked for tags,
// as builds do not ask it that add tags in a later step.
func checkEncoded(set features.Set) module.Step {
	step := module.CheckKfuncs()
	return module.Step{Name: step.Name, Do: func(ctx context.Context, m *module.Module) error {
		n := len(m.Warnings)
		err := step.Do(ctx, m)
		if len(m.Warnings) > n && !set.Has(features.DeclTagKfuncs) {
			m.Warnings[n] = tagsToComeWarning{m.Warnings[n]}
		}
		return err
	}}
}

// A tagsToComeWarning is about kernel functions without tags where something may still
// add them.
type tagsToComeWarning struct{ fmt.Stringer }

func (w tagsToComeWarning) String() string {
	return fmt.Sprintf("%v until resolve_btfids adds tags, as in builds from Linux %s on (the verb gen does both)", w.Stringer, sinceSets)
}

// typesOf returns the types of a base that may be nil.
func typesOf(base *dwarf2btf.Base) *btf.Types {
	if base == nil {
		return nil
	}
	return base.Types()
}

// errOwnBase says why a module in a directory is left as it is.
var errOwnBase = errors.New("is a base, and stays as it is")

// mayWrite finds out, before the work, whether the result could be written.
func (b *batch) mayWrite(m *batchModule) error {
	b.guard.opens(m.path)
	if !b.inPlace {
		return b.guard.writesRaw(m.output, b.conv.Features.Has(features.DistilledBase))
	}
	err := b.guard.inPlace(m.path)
	if other := (*overwriteError)(nil); errors.As(err, &other) && other.role == roleBase && m.found {
		return fileError(m.path, errOwnBase)
	}
	return err
}

// removedInline says that there is no BTF inline any more, which is split from the old BTF.
const removedInline = "loses its " + btf.InlineSection + ", which is split from the BTF that it had"

// removedBase says that there is no distilled base any more. The new BTF is not split
// from it.
const removedBase = "loses its .BTF.base, as no distilled base is asked for: its BTF is for one build of the kernel alone"

// openModule opens a module, which may be compressed, and finds out whether the
// BTF could be put into it if that is asked for.
func (b *batch) openModule(name string) (*elffile.File, error) {
	if b.inPlace {
		if err := checkInPlace(name); err != nil {
			return nil, err
		}
	}
	file, err := elffile.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return file, nil
}
