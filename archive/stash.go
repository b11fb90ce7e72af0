package archive

import (
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"github.com/gopahole/gopahole/archive/source"
)

// defaultStash is Options.Stash if that is not given.
const defaultStash = 2 << 30

// A stash keeps modules that come before their vmlinux, in a file without a name. They are compressed anew, which takes
// a tenth of what it takes to decompress xz a second time.
type stash struct {
	most  int64 // bytes of the file
	file  *os.File
	off   int64 // where the next one begins
	full  bool  // no more is taken
	w     *zstd.Encoder
	r     *zstd.Decoder
	items []stashed
}

type stashed struct {
	path   string
	size   int64
	off, n int64 // in the file
}

// add keeps a module, and reports whether it did. What is not kept has to be read again. The error is that of the
// package.
func (s *stash) add(m *source.Member, in source.Spool) (kept bool, err error) {
	if s.full {
		return false, nil
	}
	if s.file == nil && !s.open(in) {
		return false, nil
	}
	data, err := m.Spool(in)
	if err != nil {
		return false, err
	}
	defer data.Close()
	out := &limitedWriter{w: io.NewOffsetWriter(s.file, s.off), left: s.most - s.off}
	s.w.Reset(out)
	_, err = io.Copy(s.w, io.NewSectionReader(data, 0, data.Size))
	if closeErr := s.w.Close(); err == nil {
		err = closeErr
	}
	if err != nil { // the disk is full, or this is enough
		s.full = true
		return false, nil
	}
	s.items = append(s.items, stashed{m.Path, data.Size, s.off, out.n})
	s.off += out.n
	return true, nil
}

// open begins the file, and reports whether that went well.
func (s *stash) open(in source.Spool) bool {
	var err error
	if s.file, err = in.File(); err == nil {
		if s.w, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(true)); err == nil {
			s.r, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
		}
	}
	s.full = err != nil
	return err == nil
}

// member returns a module, to be read before the next one is asked for.
func (s *stash) member(i stashed) (*source.Member, error) {
	if err := s.r.Reset(io.NewSectionReader(s.file, i.off, i.n)); err != nil {
		return nil, &source.SpoolError{Err: err}
	}
	return source.NewMember(i.path, source.Module, i.size, stashReader{s.r}), nil
}

// A stashReader tells errors of the stash from those of a package.
type stashReader struct{ r io.Reader }

func (s stashReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		// Without what it wraps: a file that was cut short is not a package that was.
		err = &source.SpoolError{Err: errors.New(err.Error())}
	}
	return n, err
}

func (s *stash) close() {
	if s.r != nil {
		s.r.Close()
	}
	if s.file != nil {
		s.file.Close()
	}
}

// A limitedWriter fails when more than a number of bytes would be written.
type limitedWriter struct {
	w       io.Writer
	n, left int64
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > l.left {
		return 0, io.ErrShortWrite
	}
	n, err := l.w.Write(p)
	l.n += int64(n)
	l.left -= int64(n)
	return n, err
}
