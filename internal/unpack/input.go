package unpack

import (
	"bufio"
	"fmt"
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
	r      io.Reader
	n      int64
	packed bool  // what is read is packed,
	idle   int64 // and nothing has come of so many bytes of it
}

// maxIdle is how much is read of a compressed stream that nothing comes of, in bytes:
// empty blocks, one after the other, would have no end in a file with a hole of a
// terabyte.
const maxIdle = 64 << 20

var errIdle = fmt.Errorf("%d MiB of it hold nothing: damaged", maxIdle>>20)

func (r *countingReader) Read(p []byte) (int, error) {
	if r.packed && r.idle > maxIdle {
		return 0, errIdle
	}
	n, err := r.r.Read(p)
	r.n += int64(n)
	r.idle += int64(n)
	return n, err
}

const bufferSize = 64 << 10

// newInput returns a stream from a file of size bytes.
func newInput(file io.ReaderAt, size int64) *Stream {
	in := newStream(io.NewSectionReader(file, 0, size))
	in.file, in.size = file, size
	return in
}

// NewStream returns a stream from what is compressed and can be read once only.
func NewStream(r io.Reader) *Stream {
	in := newStream(r)
	in.source.packed = true
	return in
}

// newStream returns a stream from what can be read once only.
func newStream(r io.Reader) *Stream {
	in := &Stream{source: countingReader{r: r}}
	in.Reader = bufio.NewReaderSize(&in.source, bufferSize)
	return in
}

// Spent returns how many bytes were read, and is called when something has come of them.
func (in *Stream) Spent() int64 {
	in.source.idle = 0
	return in.source.n
}

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
