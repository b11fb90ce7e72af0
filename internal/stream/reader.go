package stream

import (
	"bufio"
	"fmt"
	"io"
)

// A Reader reads a file or a pipe from the beginning to the end.
type Reader struct {
	*bufio.Reader
	source countingReader
	file   io.ReaderAt // nil for what can be read only once
	size   int64       // of file
}

// countingReader counts what is read.
type countingReader struct {
	r      io.Reader
	n      int64
	packed bool  // what is read is compressed,
	idle   int64 // and so many bytes of it have produced nothing
}

// maxIdle is how much is read of a compressed stream that produces nothing, in bytes:
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

// NewReader returns a Reader of what can be read only once.
func NewReader(r io.Reader) *Reader {
	in := &Reader{source: countingReader{r: r}}
	in.Reader = bufio.NewReaderSize(&in.source, bufferSize)
	return in
}

// NewFileReader returns a Reader of a file of size bytes.
func NewFileReader(file io.ReaderAt, size int64) *Reader {
	in := NewReader(io.NewSectionReader(file, 0, size))
	in.file, in.size = file, size
	return in
}

// SetPacked says that the stream is compressed. From now on, reading ends with an error
// when many bytes were read and [Reader.Spent] was not called.
func (in *Reader) SetPacked() { in.source.packed = true }

// Spent returns how many bytes were read. Calling it says that they produced something.
func (in *Reader) Spent() int64 {
	in.source.idle = 0
	return in.source.n
}

// File returns the file and its size; nil and 0 for what can be read only once.
func (in *Reader) File() (file io.ReaderAt, size int64) { return in.file, in.size }

// Whole returns all of the stream, to be read at any offset, and its size. A pipe is
// read into memory for that.
func (in *Reader) Whole() (file io.ReaderAt, size int64, err error) {
	if in.file != nil {
		return in.file, in.size, nil
	}
	s, err := NewStore("compressed contents", 0)
	if err != nil {
		return nil, 0, err
	}
	if err := s.Fill(Source{Reader: in}); err != nil {
		return nil, 0, err
	}
	in.file, in.size = s, s.Size()
	in.Reset(io.NewSectionReader(s, 0, s.Size()))
	return in.file, in.size, nil
}
