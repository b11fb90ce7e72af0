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

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/memlimit"
	"github.com/gopahole/gopahole/internal/pagecache"
)

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

	// Image says in what image for boot loaders the contents were, "" if in none. Release
	// is that of the kernel in it, as far as the image says it.
	Image   kimage.Kind
	Release string

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
// ErrNamedPipe, a *memlimit.Error or what the decompressor said.
//
// Of what is neither ELF nor BTF, and comes from a pipe or was compressed, only the
// beginning may be there.
func Open(name string) (*File, error) {
	if info, err := os.Stat(name); err == nil && info.Mode()&fs.ModeNamedPipe != 0 && !openElsewhere(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrNamedPipe}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := open(file)
	if err != nil || f.file == nil {
		file.Close()
	}
	if err == nil {
		if err = f.enterImage(); err != nil {
			f.Close()
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return f, nil
}

// Compressed reads the contents of an open regular file, which is not closed. Without
// compression, and for what is no regular file, it returns nil.
func Compressed(file *os.File) (*File, error) {
	var start [magicSize]byte
	if n, err := file.ReadAt(start[:], 0); err != nil && err != io.EOF || !IsPacked(start[:n]) {
		return nil, nil // whoever reads it finds the same
	}
	return open(file)
}

func open(file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, syscall.EISDIR
	}
	memlimit.AddFile(info)
	if !info.Mode().IsRegular() {
		return fromStream(newStream(file))
	}
	contents := pagecache.NewReader(file)
	var start [magicSize]byte
	n, err := contents.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if formatOf(start[:n]) == nil {
		return &File{r: contents, size: info.Size(), file: file}, nil
	}
	return fromStream(newInput(contents, info.Size()))
}

// fromStream reads what may be compressed into memory.
func fromStream(in *Stream) (*File, error) {
	start, err := in.Peek(magicSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	f := &File{}
	format := formatOf(start)
	if format == nil {
		err = f.fill(in, 0, nil)
	} else if err = f.decompress(in, format); err != nil {
		err = fmt.Errorf("%s: %w", format.name, err)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) decompress(in *Stream, format *format) error {
	r, hint, err := format.unpack(in)
	if err != nil {
		return err
	}
	defer r.Close()
	f.Compressed = format.name
	in.source.packed = true
	return f.fill(r, min(hint, in.size*gain), in.Spent)
}

// gain is how much longer than its compressed form a file is taken to be when a
// length is not checked before the end. Kernels and modules stay below it.
const gain = 16

// fill reads the contents to the end. hint is the length that is expected, or 0.
func (f *File) fill(r io.Reader, hint int64, spent func() int64) error {
	s, err := NewStore("the contents", hint)
	if err != nil {
		return err
	}
	if err := s.Fill(Source{r, spent, new(judge).enough}); err != nil {
		return err
	}
	f.r, f.size = s, s.Size()
	if whole := s.Bytes(); whole != nil {
		f.r = bytes.NewReader(whole)
	}
	return nil
}
