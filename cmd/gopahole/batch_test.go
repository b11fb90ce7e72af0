package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
)

// modulesOf makes files of these sizes, the example with zeros after it.
func modulesOf(t *testing.T, sizes map[string]int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, size := range sizes {
		data := append(slices.Clone(exampleObject), make([]byte, size)...)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBatchOrder: the largest file is first, and jobs that no file needs work on
// the units of each.
func TestBatchOrder(t *testing.T) {
	dir := modulesOf(t, map[string]int{"a.ko": 1, "b.ko": 3, "c.ko": 2, "d.ko": 1})
	for _, tt := range []struct{ jobs, each int }{{1, 1}, {4, 1}, {9, 2}} {
		var mu sync.Mutex
		f := fakeRun{result: oneInt(t)}
		var jobs []int
		f.during = func(_ context.Context, opts dwarf2btf.Options) {
			jobs = append(jobs, opts.Jobs)
		}
		c := command{
			env: func(string) (string, bool) { return "", false }, stdout: &f.stdout, stderr: &f.stderr,
			toBTF: func(ctx context.Context, files []*elffile.File, opts dwarf2btf.Options) (*dwarf2btf.Result, error) {
				mu.Lock()
				defer mu.Unlock()
				f.during(ctx, opts)
				f.files = append(f.files, filepath.Base(files[0].Name))
				return &dwarf2btf.Result{BTF: f.result}, nil
			},
		}
		if code := c.run([]string{"encode", fmt.Sprintf("-j%d", tt.jobs), "-o",
			filepath.Join(t.TempDir(), "new", "out"), dir}); code != exitOK || f.stderr.Len() > 0 {
			t.Errorf("-j%d: exit code %d: %s", tt.jobs, code, &f.stderr)
		}
		if want := []string{"b.ko", "c.ko", "a.ko", "d.ko"}; tt.jobs == 1 && !slices.Equal(f.files, want) {
			t.Errorf("order %v, want %v", f.files, want)
		}
		if slices.ContainsFunc(jobs, func(n int) bool { return n != tt.each }) || len(jobs) != 4 {
			t.Errorf("-j%d: jobs for each module %v, want %d", tt.jobs, jobs, tt.each)
		}
	}
}

// TestBatchOptions: the options are those of -J. Finished files are errors where they
// cannot be put right, which pahole does not look at.
func TestBatchOptions(t *testing.T) {
	dir := modulesOf(t, map[string]int{"a.ko": 0})
	args := []string{"--btf_features=default,attributes", "--btf_compat=libbpf-1.7", "--lang=c11", "--lang_exclude=rust,asm", "-Xnet/",
		"--kabi_prefix=__kabi_", "--fixup_silly_bitfields", "--btf_arrays=flat"}
	batch := fakeRun{result: oneInt(t)}
	if code := batch.run(append([]string{"encode", "-j1", "-o", t.TempDir(), dir}, args...)...); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &batch.stderr)
	}
	alone := fakeRun{result: oneInt(t)}
	if code := alone.run(append([]string{"-J", "-j1", filepath.Join(dir, "a.ko")}, args...)...); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &alone.stderr)
	}
	batch.opts.Report, alone.opts.Report = nil, nil
	batch.opts.Opened, alone.opts.Opened = nil, nil
	if !batch.opts.RefuseFinished || alone.opts.RefuseFinished {
		t.Errorf("finished files: encode refuses %v, -J %v", batch.opts.RefuseFinished, alone.opts.RefuseFinished)
	}
	batch.opts.RefuseFinished = false
	if got, want := fmt.Sprintf("%+v", batch.opts), fmt.Sprintf("%+v", alone.opts); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestBatchWarnings: warnings come in the order of the files, whichever was first,
// and never in between.
func TestBatchWarnings(t *testing.T) {
	dir := modulesOf(t, map[string]int{"a.ko": 1, "b.ko": 2, "c.ko": 3})
	var stderr bytes.Buffer
	c := command{
		env: func(string) (string, bool) { return "", false }, stdout: &stderr, stderr: &stderr,
		toBTF: func(_ context.Context, files []*elffile.File, opts dwarf2btf.Options) (*dwarf2btf.Result, error) {
			name := filepath.Base(files[0].Name)
			if name == "b.ko" {
				return nil, errors.New("no use")
			}
			opts.Report(dwarf2btf.Diagnostic{File: name, Msg: "odd"})
			return &dwarf2btf.Result{BTF: oneInt(t)}, nil
		},
	}
	if code := c.run([]string{"encode", "-j3", "--in-place", dir}); code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	want := strings.ReplaceAll("gopahole: warning: a.ko: odd\ngopahole: DIR/b.ko: no use\ngopahole: warning: c.ko: odd\ngopahole: 1 of 3 files could not be encoded\n",
		"DIR", dir)
	if got := stderr.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestBatchJSONFails: lines that cannot be printed are an error, though the files
// are encoded.
func TestBatchJSONFails(t *testing.T) {
	dir := modulesOf(t, map[string]int{"a.ko": 1})
	f := fakeRun{result: oneInt(t)}
	c := command{
		env: func(string) (string, bool) { return "", false }, stdout: brokenWriter{}, stderr: &f.stderr,
		toBTF: func(context.Context, []*elffile.File, dwarf2btf.Options) (*dwarf2btf.Result, error) {
			return &dwarf2btf.Result{BTF: f.result}, nil
		},
	}
	out := filepath.Join(t.TempDir(), "out")
	if code := c.run([]string{"encode", "--json", "-o", out, dir}); code != exitFailure || !strings.Contains(f.stderr.String(), "standard output: broken") {
		t.Errorf("exit code %d: %s", code, &f.stderr)
	}
	if _, err := os.Stat(filepath.Join(out, "a.btf")); err != nil {
		t.Error(err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }
