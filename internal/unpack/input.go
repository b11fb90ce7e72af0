package unpack

import (
	"bufio"
	"io"
)

// A Stream is what a file has on the disk, or a pipe delivers, read from the beginning to
// the end.
type Stream struct {
	*bufio.Reader
	source countingReader
	file   io.ReaderAt // nil if it can be read once only
	size   int64       // of file
}

// countingReader counts what is read.
type countingReader struct {
	r io.Reader
	n int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	return n, err
}

const bufferSize = 64 << 10

// newInput returns a stream from a file of size bytes.
func newInput(file io.ReaderAt, size int64) *Stream {
	in := NewStream(io.NewSectionReader(file, 0, size))
	in.file, in.size = file, size
	return in
}

// NewStream returns a stream from what can be read once only.
func NewStream(r io.Reader) *Stream {
	in := &Stream{source: countingReader{r: r}}
	in.Reader = bufio.NewReaderSize(&in.source, bufferSize)
	return in
}

// Spent returns how many bytes were read.
func (in *Stream) Spent() int64 { return in.source.n }

// random returns the whole input to be read at any place, for which that of a pipe is
// kept.
func (in *Stream) random() (io.ReaderAt, error) {
	if in.file != nil {
		return in.file, nil
	}
	s, err := NewStore("compressed contents", 0)
	if err != nil {
		return nil, err
	}
	if err := s.Fill(Source{Reader: in}); err != nil {
		return nil, err
	}
	in.file, in.size = s, s.Size()
	in.Reset(io.NewSectionReader(s, 0, s.Size()))
	return s, nil
}
