package unpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gopahole/gopahole/internal/pagecache"
)

// Limit bounds what a file may have after decompression, and what is read from
// a pipe or device, whose size is not known, in bytes. A kernel with all its
// debug information has less than half of it.
const Limit = 2 << 30

// ErrTooLarge is wrapped by the error for contents beyond Limit.
var ErrTooLarge = errors.New("more than 2 GiB of contents")

// ErrNamedPipe is wrapped by the error for a named pipe: to open one waits until
// somebody writes to it.
var ErrNamedPipe = errors.New("is a named pipe, not a regular file")

// openElsewhere tells whether the name of a pipe is that of a file descriptor: these
// names lead to no file.
func openElsewhere(name string) bool {
	_, err := filepath.EvalSymlinks(name)
	return err != nil || strings.HasPrefix(name, "/dev/") || strings.HasPrefix(name, "/proc/")
}

// File is the contents of a file, without compression. Its methods may be
// called from several goroutines.
type File struct {
	// Compressed says how the file was compressed: "gzip", "xz", "zstd", or "" if
	// it was not.
	Compressed string

	r    io.ReaderAt
	size int64
	file *os.File // nil: the contents are in memory
}

// ReadAt reads the uncompressed contents.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.r.ReadAt(p, off) }

// Size returns the length of the uncompressed contents in bytes.
func (f *File) Size() int64 { return f.size }

// Close ends the use of the file.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// Open opens the file called name, which may be /dev/stdin or another name of a
// pipe that somebody has opened. The error is that of package os, or wraps
// ErrNamedPipe, ErrTooLarge or what the decompressor said.
func Open(name string) (*File, error) {
	if info, err := os.Stat(name); err == nil && info.Mode()&fs.ModeNamedPipe != 0 && !openElsewhere(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrNamedPipe}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := open(file, Limit)
	if err != nil || f.file == nil {
		file.Close()
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return f, nil
}

func open(file *os.File, limit int64) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, syscall.EISDIR
	}
	if !info.Mode().IsRegular() {
		raw, err := readUpTo(file, 0, limit)
		if err != nil {
			return nil, err
		}
		return fromMemory(raw, limit)
	}
	var start [magicSize]byte
	n, err := file.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if formatOf(start[:n]) == nil {
		return &File{r: pagecache.NewReader(file), size: info.Size(), file: file}, nil
	}
	raw, err := readUpTo(file, info.Size(), limit)
	if err != nil {
		return nil, err
	}
	return fromMemory(raw, limit)
}

func fromMemory(raw []byte, limit int64) (*File, error) {
	f := &File{}
	if format := formatOf(raw); format != nil {
		plain, err := format.decompress(raw, limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", format.name, err)
		}
		f.Compressed, raw = format.name, plain
	}
	f.r, f.size = bytes.NewReader(raw), int64(len(raw))
	return f, nil
}

// readUpTo reads to the end, which has to come within limit bytes. hint is the
// length that is expected, or 0.
func readUpTo(r io.Reader, hint, limit int64) ([]byte, error) {
	if hint > limit {
		return nil, ErrTooLarge
	}
	var b bytes.Buffer
	b.Grow(int(hint) + bytes.MinRead) // room to see the end without growing
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, ErrTooLarge
	}
	return b.Bytes(), nil
}
