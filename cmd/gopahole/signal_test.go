//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
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
