//go:build unix

package unpack

import (
	"bytes"
	"errors"
	"fmt"
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
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		written := make(chan error)
		go func() {
			_, err := w.Write(raw)
			written <- errors.Join(err, w.Close())
		}()
		f, err := Open(fmt.Sprintf("/dev/fd/%d", r.Fd()))
		if err := errors.Join(err, <-written); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(contents(t, f), text()) {
			t.Errorf("%s: other contents", file)
		}
	}
}

// A pipe that nobody writes to is refused instead of waited for, also through a link.
func TestNamedPipe(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink(pipe, link)); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{pipe, link} {
		if _, err := Open(name); !errors.Is(err, ErrNamedPipe) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
