package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/internal/memory"
)

// perKernel is about how much memory a kernel and what belongs to it take, in bytes: 6.12 for
// all machines with the index of its BTF as a base 150 MB, and its modules at work.
const perKernel = 400 << 20

// Run encodes the kernels of the inputs and stores what comes out. Packages that are done in
// the store are passed over. The error is about the store, the disk, memory or ctx: then not
// all packages have a record. What is wrong with packages is in the summary. An input that
// cannot be read, or for which there is not enough memory, does not stop the others, and is
// tried again after them.
func Run(ctx context.Context, st store.Store, inputs []source.Input, o Options) (Summary, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	o.Jobs = max(1, o.Jobs)
	r := &runner{Options: o, st: st, slots: make(chan struct{}, o.Jobs), gate: newGate(max(o.Memory, 64<<20)), reported: make(map[string]bool)}
	packages := int(min(int64(o.Jobs), max(1, o.Memory/perKernel), max(1, int64(len(inputs)))))

	work := make(chan source.Input)
	var wg sync.WaitGroup
	for range packages {
		wg.Go(func() {
			for in := range work {
				if err := r.input(ctx, in); mayPass(err) {
					r.mu.Lock()
					r.again = append(r.again, in)
					r.mu.Unlock()
				} else if err != nil {
					stop(err)
				}
			}
		})
	}
	for _, in := range inputs {
		select {
		case work <- in:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(work)
	wg.Wait()
	var left []error
	for _, in := range r.again {
		if err := r.retry(ctx, in); mayPass(err) {
			left = append(left, err)
		} else if err != nil {
			stop(err)
		}
		if ctx.Err() != nil {
			return r.summary, context.Cause(ctx)
		}
	}
	if ctx.Err() != nil {
		return r.summary, context.Cause(ctx)
	}
	return r.summary, errors.Join(left...)
}

// mayPass reports whether an error about an input may pass: what had not enough memory beside others may have it alone,
// and disks and network file systems come back.
func mayPass(err error) bool {
	return errors.As(err, new(*memory.Error)) || errors.As(err, new(*source.ReadError))
}

// pauses are waited before an input that cannot be read is tried again.
var pauses = []time.Duration{time.Second, 5 * time.Second}

// retry tries an input again, alone.
func (r *runner) retry(ctx context.Context, in source.Input) error {
	for try := 0; ; try++ {
		memory.Reset()
		err := r.input(ctx, in)
		if try == len(pauses) || !errors.As(err, new(*source.ReadError)) || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			return err // a file that is gone, or is not for this user, does not come back in seconds
		}
		select {
		case <-time.After(pauses[try]):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// A runner is one run.
type runner struct {
	Options
	st    store.Store
	slots chan struct{} // of files that are encoded
	gate  *gate
	there inventory

	places sync.Mutex // held by who compares an object with another one for its place

	mu       sync.Mutex // of the following
	summary  Summary
	reported map[string]bool // keys of records
	again    []source.Input  // those with an error that may pass
}

// input works on the packages of an input. The error ends the run.
func (r *runner) input(ctx context.Context, in source.Input) error {
	for p, err := range in.Packages(ctx, r.Spool, r.Limits) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if isOurs(err) {
			return fmt.Errorf("%s: %w", p.Path, err)
		}
		if err := r.pack(ctx, p, err); err != nil {
			return err
		}
	}
	return nil
}

// isOurs says whether an error is about this machine and not about what is read.
func isOurs(err error) bool {
	return errors.As(err, new(*source.SpoolError)) || errors.As(err, new(*source.ReadError)) || errors.As(err, new(*memory.Error)) ||
		errors.Is(err, context.Canceled) || errors.As(err, new(*storeError))
}

// A storeError is one of the store.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// newRecord begins the record of a package.
func (r *runner) newRecord(p *source.Package) *index.Record {
	rec := &index.Record{Package: index.Package{
		Schema: index.Schema, Name: p.Name, Version: p.Version, Architecture: p.Architecture, Format: p.Format, Maintainer: p.Maintainer,
		Distribution: r.distribution(p), Size: p.Size(), Identity: p.Identity,
		Encoder: r.Encoder, Layout: string(r.Layout), Modules: r.Modules, Distill: r.Distill,
	}}
	if rec.Package.Name == "" {
		rec.Package.Name = brokenName(p.Path)
	}
	return rec
}

// pack works on a package, of which broken says what is wrong with it as a whole.
func (r *runner) pack(ctx context.Context, p *source.Package, broken error) error {
	rec := r.newRecord(p)
	key := rec.Package.Key()
	before, err := index.Read(ctx, r.st, key)
	if err != nil && !errors.Is(err, index.ErrDamaged) && !errors.Is(err, store.ErrDamaged) { // such a one is made again
		return err
	}
	if before != nil && !r.Again && before.Package.Covers(&rec.Package) {
		// What somebody has removed since is made again.
		gone, err := r.there.missing(ctx, r.st, before)
		if err != nil {
			return &storeError{err}
		}
		if len(gone) == 0 {
			r.report(Outcome{p.Path, before, key, true})
			return nil
		}
	}
	job := &job{runner: r, p: p, rec: rec, kernels: make(map[string]*kernelBTF), stash: stash{most: cmp.Or(r.Stash, defaultStash)}}
	if broken == nil && r.Layout == BTFHub && rec.Package.Distribution == "" {
		broken = errNoDistribution // there would be no place for what is encoded
	}
	if broken == nil {
		broken = job.run(ctx)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if isOurs(broken) {
		return fmt.Errorf("%s: %w", p.Path, broken)
	}
	if err := job.finish(ctx, broken); err != nil {
		return err
	}
	data, err := rec.Bytes()
	if err != nil {
		return err
	}
	if err := r.put(ctx, key, data); err != nil {
		return err
	}
	r.report(Outcome{p.Path, rec, key, false})
	return nil
}

func (r *runner) report(o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reported[o.Key] {
		return // an input that is given twice, or was worked on again
	}
	r.reported[o.Key] = true
	if o.Before {
		r.summary.Before++
	}
	if o.Record.Package.Status == index.Done {
		r.summary.Done++
	} else {
		r.summary.Failed++
	}
	if r.Report != nil {
		r.Report(o)
	}
}
