//go:build unix

package unpack

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The contents of a pipe, compressed or not.
func TestOpenPipe(t *testing.T) {
	for _, file := range []string{"testdata/text.xz", "testdata/text.zst"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skip(err)
		}
		written := make(chan error)
		go func() { written <- os.WriteFile(pipe, raw, 0) }()
		f, err := Open(pipe)
		if err := errors.Join(err, <-written); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(contents(t, f), text()) {
			t.Errorf("%s: other contents", file)
		}
	}
}
