package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/gopahole/gopahole/internal/memory"
)

// A Spooled is a member that can be read at any offset. The caller closes it.
type Spooled struct {
	io.ReaderAt
	Size   int64 // in bytes, decompressed
	file   *os.File
	buffer *bytes.Buffer // in memory
	medium *medium       // that ReaderAt is
}

// Explain returns the error that reading the member had, if it had one, and else err: whoever read it may have made
// something else of it, that its contents are damaged.
func (s *Spooled) Explain(err error) error { return s.medium.explain(err) }

// buffers are used again: a package of modules would leave a gigabyte of garbage.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Close gives back what it takes. Nobody may read from then on.
func (s *Spooled) Close() error {
	if s.buffer != nil {
		s.ReaderAt, s.medium = nil, nil
		s.buffer.Reset()
		buffers.Put(s.buffer)
		s.buffer = nil
	}
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// A Spool is where members are kept while they are read.
type Spool struct {
	// Dir is for files without a name; "" is that of the system.
	Dir string
	// Memory is how large a member may be that is kept in memory, in bytes.
	Memory int64
}

// File makes a file without a name, which is gone when it is closed or the process ends.
func (in Spool) File() (*os.File, error) { return tempFile(in.Dir) }

// Spool reads the member to its end and decompresses it. The error is that of the package, a
// *LimitError, a *[ReadError] or a *SpoolError.
func (m *Member) Spool(in Spool) (*Spooled, error) {
	if m.asIs {
		return m.spoolAsIs(in)
	}
	s, err := unpackStream(m.r, m.limits)
	if err != nil {
		return nil, m.medium.explain(err)
	}
	defer s.Close()
	return m.spool(in, s)
}

// spoolAsIs is Spool without decompression.
func (m *Member) spoolAsIs(in Spool) (*Spooled, error) {
	return m.spool(in, &stream{Reader: bufio.NewReaderSize(m.r, readAhead)})
}

func (m *Member) spool(in Spool, s *stream) (*Spooled, error) {
	spooled, err := m.keep(in, s)
	if err != nil {
		return nil, m.medium.explain(err)
	}
	spooled.medium = &medium{r: spooled.ReaderAt, size: spooled.Size, wrap: func(err error) error { return &SpoolError{withoutPath(err)} }}
	spooled.ReaderAt = spooled.medium
	return spooled, nil
}

// keep reads the member to its end.
func (m *Member) keep(in Spool, s *stream) (*Spooled, error) {
	if m.Size < 0 || m.Size > m.limits.Member { // what is computed of it below would overflow
		return nil, m.tooLarge()
	}
	limited := io.LimitReader(s, m.limits.Member+1)
	hint := m.Size
	if s.codec != nil {
		hint *= 4
	}
	var start []byte
	if hint <= in.Memory {
		if err := memory.Need(uint64(hint), "a file of the package"); err != nil {
			return nil, err
		}
		buf := buffers.Get().(*bytes.Buffer)
		buf.Grow(int(min(hint, firstBuffer)) + bytes.MinRead)
		_, err := buf.ReadFrom(io.LimitReader(limited, in.Memory))
		start = buf.Bytes()
		if err == nil && int64(len(start)) < in.Memory {
			return m.whole(&Spooled{ReaderAt: bytes.NewReader(start), Size: int64(len(start)), buffer: buf}, s)
		}
		defer func() {
			buf.Reset()
			buffers.Put(buf)
		}()
		if err != nil {
			return nil, truncated(err)
		}
	}
	file, err := tempFile(in.Dir)
	if err != nil {
		return nil, &SpoolError{err}
	}
	n, err := io.Copy(&spoolWriter{file}, io.MultiReader(bytes.NewReader(start), limited))
	switch {
	case errors.As(err, new(*SpoolError)):
	case err != nil:
		err = truncated(err)
	case n > m.limits.Member:
		err = m.tooLarge()
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return m.whole(&Spooled{ReaderAt: file, Size: n, file: file}, s)
}

func (m *Member) tooLarge() error {
	return &LimitError{fmt.Sprintf("%s has more than %d bytes", m.Path, m.limits.Member)}
}

// firstBuffer is how much memory is taken on the word of a header, in bytes.
const firstBuffer = 4 << 20

// whole checks that a member has as many bytes as its package says.
func (m *Member) whole(s *Spooled, from *stream) (*Spooled, error) {
	if from.codec == nil && s.Size != m.Size {
		s.Close()
		return nil, errTruncated
	}
	return s, nil
}

// A SpoolError is about a file for a member that is too large for memory, and not about the
// package: the disk is full, for example.
type SpoolError struct{ Err error }

func (e *SpoolError) Error() string { return "temporary file: " + e.Err.Error() }
func (e *SpoolError) Unwrap() error { return e.Err }

type spoolWriter struct{ f *os.File }

func (w *spoolWriter) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	if err != nil {
		err = &SpoolError{err}
	}
	return n, err
}

// tempFile makes a file without a name, which is gone with its last descriptor, however the
// process ends.
func tempFile(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	f, err := openUnnamed(dir)
	if err == nil || !errors.Is(err, syscall.EOPNOTSUPP) && !errors.Is(err, syscall.EISDIR) && !errors.Is(err, errors.ErrUnsupported) {
		return f, err
	}
	if f, err = os.CreateTemp(dir, ".gopahole-*"); err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil { // of a system that keeps open files by name
		f.Close()
		return nil, err
	}
	return f, nil
}
