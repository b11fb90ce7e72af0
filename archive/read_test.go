package archive

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/internal/packtest"
)

// A flaky disk fails some of the reads of files whose names end in a suffix: the one with a number, counted over all, and
// as many after it.
type flaky struct {
	suffix string
	from   int64
	times  int64
	err    error // nil: the file ends there
	reads  atomic.Int64
	hits   atomic.Int64
}

type flakyFile struct {
	source.File
	disk *flaky
}

func (d *flaky) Open(name string) (source.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, d.suffix) {
		return f, nil
	}
	return &flakyFile{f, d}, nil
}

func (f *flakyFile) ReadAt(p []byte, off int64) (int, error) {
	if n := f.disk.reads.Add(1); n < f.disk.from || n >= f.disk.from+f.disk.times {
		return f.File.ReadAt(p, off)
	}
	f.disk.hits.Add(1)
	n, err := f.File.ReadAt(p[:len(p)/2], off) // some of it is there
	if err != nil && err != io.EOF {
		return n, err
	}
	if f.disk.err == nil {
		return n, io.EOF
	}
	return n, &os.PathError{Op: "read", Path: "somewhere", Err: f.disk.err}
}

// hurry has inputs tried again at once.
func hurry(t *testing.T) {
	before := pauses
	t.Cleanup(func() { pauses = before })
	pauses = []time.Duration{0, 0}
}

// TestReadErrors: a disk that fails while a package is read says nothing of the package. Nothing is recorded, the others
// are done, the input is tried again, and if that fails as well, by the next run; in the end all is as if nothing had been.
func TestReadErrors(t *testing.T) {
	hurry(t)
	all := packages(t)
	dir := t.TempDir()
	for name, data := range all {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree := filepath.Join(dir, "built")
	for _, f := range kernelFiles(t)[:3] {
		name := filepath.Join(tree, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list := func(operands ...string) []source.Input {
		inputs, err := source.List(operands)
		if err != nil {
			t.Fatal(err)
		}
		return inputs
	}
	n := 0
	for _, victim := range []string{"one.deb", "two.rpm", "three.deb", "six.tar.gz", "driver.ko", "vmlinux-" + release} {
		// Of trees, each file is one; those beside are given alone.
		operands := []string{filepath.Join(dir, "two.rpm"), filepath.Join(dir, "three.deb"), filepath.Join(dir, victim)}
		if _, ok := all[victim]; !ok {
			operands[2] = tree
		}
		for _, layout := range []Layout{CAS, BTFHub} {
			if n++; testing.Short() && n%4 > 1 { // both layouts, and half of the victims
				continue
			}
			o := options(layout)
			o.Distribution = "debian/13"
			o.Jobs = 1
			want := undisturbed(t, list(operands...), o)
			run := func(d *flaky, dest string) (Summary, error) {
				inputs := list(operands...)
				for i := range inputs {
					inputs[i].Files = d
				}
				return Run(t.Context(), open(t, dest), inputs, o)
			}
			healthy := &flaky{suffix: victim}
			if _, err := run(healthy, t.TempDir()); err != nil {
				t.Fatal(err)
			}
			reads := healthy.reads.Load()
			step := max(1, reads/3)
			for _, cause := range []error{syscall.EIO, nil} {
				for from := int64(1); from <= reads; from += step {
					// Once, and the second try goes well.
					dest := t.TempDir()
					once := &flaky{suffix: victim, from: from, times: 1, err: cause}
					sum, err := run(once, dest)
					if err != nil || once.hits.Load() != 1 || digest(t, dest) != want {
						t.Errorf("%s, %s, read %d of %d, %v: %+v, %v, %d hits", victim, layout, from, reads, cause, sum, err, once.hits.Load())
					}
					// For ever, and the next run does it.
					dest = t.TempDir()
					dead := &flaky{suffix: victim, from: from, times: 1 << 40, err: cause}
					sum, err = run(dead, dest)
					if failed := new(source.ReadError); !errors.As(err, &failed) || cause != nil && !errors.Is(err, cause) || strings.Count(err.Error(), "cannot be read") != 1 || sum.Failed > 0 {
						t.Errorf("%s, %s, read %d of %d: %+v, %v", victim, layout, from, reads, sum, err)
					}
					for l, err := range index.List(t.Context(), open(t, dest)) {
						if err != nil || l.Record.Package.Status != index.Done {
							t.Errorf("%s, %s, read %d of %d: %+v, %v", victim, layout, from, reads, l.Record, err)
						}
					}
					if _, err := run(healthy, dest); err != nil || digest(t, dest) != want {
						t.Errorf("%s, %s, read %d of %d: the next run makes another result, %v", victim, layout, from, reads, err)
					}
				}
			}
		}
	}
}

// TestGoneInput: a file that is gone since it was listed is not one that failed.
func TestGoneInput(t *testing.T) {
	hurry(t)
	inputs := write(t, map[string][]byte{"a.deb": packtest.Deb(debianMeta("a"), "gz", kernelFiles(t)[:1]...), "b.deb": nil})
	for _, in := range inputs {
		if filepath.Base(in.Path) == "b.deb" {
			if err := os.Remove(in.Path); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	sum, err := Run(t.Context(), open(t, dir), inputs, options(CAS))
	if err == nil || !errors.Is(err, os.ErrNotExist) || sum != (Summary{Done: 1}) {
		t.Errorf("%+v, %v", sum, err)
	}
	if _, err := Undone(t.Context(), open(t, dir), inputs, options(CAS)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A locked disk has files that this user may not read.
type locked struct{ opened atomic.Int64 }

func (d *locked) Open(name string) (source.File, error) {
	d.opened.Add(1)
	return nil, &os.PathError{Op: "open", Path: name, Err: syscall.EACCES}
}

// TestLockedInput: a file that may not be read is tried again after the others, and not waited for.
func TestLockedInput(t *testing.T) {
	hurry(t)
	inputs := write(t, map[string][]byte{"a.deb": packtest.Deb(debianMeta("a"), "gz", kernelFiles(t)[:1]...)})
	disk := new(locked)
	inputs[0].Files = disk
	sum, err := Run(t.Context(), open(t, t.TempDir()), inputs, options(CAS))
	if !errors.Is(err, os.ErrPermission) || sum != (Summary{}) || disk.opened.Load() != 2 {
		t.Errorf("%+v, %v, opened %d times", sum, err, disk.opened.Load())
	}
}
