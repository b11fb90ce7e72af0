package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// A ReadError is about reading the files of an input, and not about what is in them: the disk or the network file system
// has failed, or the file has changed since it was listed. What it says of the input is nothing, and the next try may go
// well.
type ReadError struct{ Err error }

func (e *ReadError) Error() string {
	return fmt.Sprintf("it cannot be read: %v", e.Err)
}

func (e *ReadError) Unwrap() error { return e.Err }

var (
	errShorter = errors.New("it is shorter than it was")
	errChanged = errors.New("it was changed meanwhile")
)

// A File is a file of an input.
type File interface {
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
}

// An Opener opens files by their names.
type Opener interface {
	Open(name string) (File, error)
}

// system has the files of the system.
type system struct{}

func (system) Open(name string) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err // and no File that is not nil
	}
	return f, nil
}

// A medium is what contents are read from. It remembers its first error: decompressors and readers of formats that meet
// it may make another one of it, which says that the contents are damaged.
type medium struct {
	r      io.ReaderAt
	size   int64 // in bytes
	wrap   func(error) error
	failed atomic.Pointer[error]
}

func fileMedium(f File, size int64) *medium {
	return &medium{r: f, size: size, wrap: func(err error) error { return &ReadError{withoutPath(err)} }}
}

func (m *medium) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.r.ReadAt(p, off)
	switch {
	case err == nil, err == io.EOF && off+int64(n) >= m.size:
		return n, err
	case err == io.EOF:
		err = errShorter
	}
	err = m.wrap(err)
	m.failed.CompareAndSwap(nil, &err)
	return n, err
}

// explain returns the error of the medium if there was one, and else err. A nil medium has none.
func (m *medium) explain(err error) error {
	if m != nil && err != nil {
		if failed := m.failed.Load(); failed != nil {
			return *failed
		}
	}
	return err
}
