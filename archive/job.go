package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
)

// A job is the work on a package.
type job struct {
	*runner
	p   *source.Package
	rec *index.Record

	kernels map[string]*kernelBTF // by release
	// early are modules that came before their vmlinux, by path.
	early map[string]bool
	// stash has some of these, where the package takes long to read.
	stash stash

	mu  sync.Mutex // of the following
	err error      // that ends the run
}

// run encodes what is in the package. The error is about the package as a whole, or ends the
// run; what is wrong with one kernel or module is in the record.
func (j *job) run(ctx context.Context) error {
	defer j.stash.close()
	err := j.pass(ctx, j.member)
	if err == nil && len(j.kernels) > 0 {
		err = j.unstash(ctx)
	}
	if err != nil || len(j.early) == 0 || len(j.kernels) == 0 {
		return err
	}
	return j.pass(ctx, func(ctx context.Context, m *source.Member, wg *sync.WaitGroup) error {
		if !j.early[m.Path] {
			return nil
		}
		delete(j.early, m.Path)
		return j.module(ctx, m, wg)
	})
}

// errEnough ends a pass in which nothing more is wanted.
var errEnough = errors.New("enough")

// pass reads the package once. take is called for each member.
func (j *job) pass(ctx context.Context, take func(context.Context, *source.Member, *sync.WaitGroup) error) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for m, err := range j.p.Members(ctx) {
		if err == nil {
			err = take(ctx, m, &wg)
		}
		if err == nil {
			err = j.failed()
		}
		if err == errEnough {
			break
		}
		if err != nil {
			return err
		}
	}
	wg.Wait()
	return j.failed()
}

// failed returns the error of a module at work that ends the run.
func (j *job) failed() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// member is what the first pass does with a member.
func (j *job) member(ctx context.Context, m *source.Member, wg *sync.WaitGroup) error {
	switch {
	case m.Kind == source.Vmlinux:
		if err := j.vmlinux(ctx, m); err != nil {
			return err
		}
		if !j.Modules && (j.p.Format == "deb" || j.p.Format == "rpm") && len(j.kernels) > 0 {
			return errEnough // there is one kernel in a package
		}
		return nil
	case !j.Modules:
		return nil
	case j.kernelFor(m) == nil && m.Slow:
		if kept, err := j.stash.add(m, j.Spool); kept {
			return nil
		} else if err != nil {
			return j.add(ctx, index.Entry{Kind: "module", Path: m.Path, Module: m.Module(), Release: m.Release()}, err)
		}
		fallthrough
	case j.kernelFor(m) == nil:
		if j.early == nil {
			j.early = make(map[string]bool)
		}
		j.early[m.Path] = true
		return nil
	}
	return j.module(ctx, m, wg)
}

// unstash works on the modules that are in the stash.
func (j *job) unstash(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, i := range j.stash.items {
		m, err := j.stash.member(i)
		if err == nil {
			err = j.module(ctx, m, &wg)
		}
		if err == nil {
			err = j.failed()
		}
		if err != nil {
			return err
		}
	}
	wg.Wait()
	return j.failed()
}

// kernelFor returns the kernel that a module is for, nil if that is not known yet. Without a
// release in its path it is the only one.
func (j *job) kernelFor(m *source.Member) *kernelBTF {
	if release := m.Release(); release != "" {
		return j.kernels[release]
	}
	if len(j.kernels) == 1 {
		for _, k := range j.kernels {
			return k
		}
	}
	return nil
}

// vmlinux encodes a kernel.
func (j *job) vmlinux(ctx context.Context, m *source.Member) error {
	leave, err := j.gate.enter(ctx, vmlinuxMemory)
	if err != nil {
		return err
	}
	defer leave()
	e := index.Entry{Kind: "vmlinux", Path: m.Path, Release: m.Release()}
	s, err := m.Spool(j.Spool)
	if err != nil {
		return j.add(ctx, e, err)
	}
	defer s.Close()
	if err := j.slot(ctx); err != nil {
		return err
	}
	defer j.release()
	k, err := j.encodeKernel(ctx, m, s, &e)
	err = s.Explain(err)
	if err == nil {
		if other := j.kernels[k.release]; other != nil {
			e = index.Entry{Kind: e.Kind, Path: e.Path, Release: e.Release}
			err = fmt.Errorf("%w: the package has another vmlinux of this release, %s", errSkip, other.path)
		}
	}
	if err == nil {
		err = j.storeKernel(ctx, k, &e)
	}
	if err == nil {
		j.kernels[k.release] = k
	}
	return j.add(ctx, e, err)
}

// module reads a module, and has it encoded beside others.
func (j *job) module(ctx context.Context, m *source.Member, wg *sync.WaitGroup) error {
	e := index.Entry{Kind: "module", Path: m.Path, Module: m.Module(), Release: m.Release()}
	k := j.kernelFor(m)
	if k == nil {
		return j.add(ctx, e, fmt.Errorf("there is no vmlinux of Linux %s with debugging information in the package", orUnknown(e.Release)))
	}
	leave, err := j.gate.enter(ctx, moduleMemory(m.Size))
	if err != nil {
		return err
	}
	s, err := m.Spool(j.Spool)
	if err != nil {
		leave()
		return j.add(ctx, e, err) // if it is the package that cannot be read, the next member says so
	}
	wg.Go(func() {
		defer leave()
		defer s.Close()
		err := j.slot(ctx)
		if err == nil {
			defer j.release()
			var b *moduleBTF
			b, err = j.encodeModule(ctx, k, m, s, &e)
			if err = s.Explain(err); err == nil {
				err = j.storeModule(ctx, k, b, &e)
			}
		}
		if err := j.add(ctx, e, err); err != nil {
			j.mu.Lock()
			defer j.mu.Unlock()
			if j.err == nil {
				j.err = err
			}
		}
	})
	return nil
}

func orUnknown(release string) string {
	if release == "" {
		return "of an unknown release"
	}
	return release
}

// slot waits until a file may be encoded.
func (r *runner) slot(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *runner) release() { <-r.slots }

// add adds a line to the record. Of an error that is about the file, the line tells; others
// are returned.
func (j *job) add(ctx context.Context, e index.Entry, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if isOurs(err) {
		return err
	}
	switch {
	case errors.Is(err, errSkip):
		e.Status, e.Error = index.Skipped, err.Error()
	case err != nil:
		e.Status, e.Error, e.Object = index.Failed, err.Error(), ""
	default:
		e.Status = index.Done
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rec.Entries = append(j.rec.Entries, e)
	return nil
}

// finish completes the record. broken is what is wrong with the package as a whole.
func (j *job) finish(ctx context.Context, broken error) error {
	rec := &j.rec.Package
	rec.Status = index.Done
	if broken == nil && len(j.kernels) == 0 {
		broken = errors.New("there is no kernel with debugging information in it")
	}
	if broken != nil {
		rec.Status, rec.Error = index.Failed, broken.Error()
	}
	if slices.ContainsFunc(j.rec.Entries, func(e index.Entry) bool { return e.Status == index.Failed }) {
		rec.Status = index.Failed
	}
	return j.storePackage(ctx)
}
