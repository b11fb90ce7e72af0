//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
)

// TestSignals: the conversion is cancelled, nothing is written, and the exit
// code tells the signal.
func TestSignals(t *testing.T) {
	for _, tt := range []struct {
		signal syscall.Signal
		code   int
		word   string
	}{
		{syscall.SIGINT, 130, "interrupted"},
		{syscall.SIGTERM, 143, "terminated"},
	} {
		file := object(t)
		f := fakeRun{result: oneInt(t), during: func(ctx context.Context, _ dwarf2btf.Options) {
			if err := syscall.Kill(os.Getpid(), tt.signal); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
		}}
		if code := f.run("-J", file); code != tt.code {
			t.Errorf("%v: exit code %d, want %d", tt.signal, code, tt.code)
		}
		if got, want := f.stderr.String(), fmt.Sprintf("gopahole: %s: %s, nothing written\n", file, tt.word); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, exampleObject) {
			t.Errorf("%v: input changed, %v", tt.signal, err)
		}
	}
}

// TestBatchSignals: a signal ends the work on all modules, those that are done are
// counted, and the others are as they were.
func TestBatchSignals(t *testing.T) {
	dir := modulesOf(t, map[string]int{"a.ko": 2, "b.ko": 1, "c.ko": 0})
	f := fakeRun{result: oneInt(t)}
	f.during = func(ctx context.Context, _ dwarf2btf.Options) {
		if f.calls < 2 {
			return
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
	}
	if code := f.run("encode", "-j1", "--in-place", dir); code != 143 {
		t.Errorf("exit code %d, want 143", code)
	}
	if got, want := f.stderr.String(), "gopahole: terminated: 1 of 3 files were encoded, the others are as they were\n"; got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	for name, changed := range map[string]bool{"a.ko": true, "b.ko": false, "c.ko": false} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || bytes.HasPrefix(got, exampleObject) == changed {
			t.Errorf("%s: changed: %v, want %v, %v", name, !changed, changed, err)
		}
	}
}
