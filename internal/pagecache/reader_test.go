package pagecache

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestReader compares it with what it stands in for.
func TestReader(t *testing.T) {
	const size = 3<<20 + 5 // more than is read at once
	want := make([]byte, size)
	for i := range want {
		want[i] = byte(i * i >> 7)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r := NewReader(file)
	for _, c := range []struct{ off, n, got int }{
		{0, size, size}, {0, 0, 0}, {1, 2<<20 + 1, 2<<20 + 1}, {size - 3, 3, 3}, {size - 3, 9, 3}, {size, 1, 0}, {size + 10, 1, 0}, {7, size, size - 7},
	} {
		p := bytes.Repeat([]byte{0xa5}, c.n)
		n, err := r.ReadAt(p, int64(c.off))
		if n != c.got || (err == io.EOF) != (c.got < c.n) || err != nil && err != io.EOF {
			t.Errorf("%d bytes at %d: %d, %v", c.n, c.off, n, err)
		}
		if c.off < size && !bytes.Equal(p[:n], want[c.off:c.off+n]) {
			t.Errorf("%d bytes at %d: other bytes", c.n, c.off)
		}
	}
	if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a negative offset is no error")
	}
	file.Close()
	if _, err := r.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("of a closed file: %v", err)
	}
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if _, err := NewReader(dir).ReadAt(make([]byte, 1), 0); err == nil {
		t.Error("of a directory: no error")
	}
}
