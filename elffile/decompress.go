package elffile

import (
	"bufio"
	"compress/zlib"
	"debug/elf"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/stream"
)

// decompress reads the data of a compressed section.
func (f *File) decompress(s *Section) (err error) {
	z := s.z
	stream := s.FileSize - z.header
	src := io.NewSectionReader(f.r, int64(s.Offset+z.header), int64(stream))
	if z.method == elf.COMPRESS_ZLIB && s.Size > usualGain*stream+usualSlack {
		z.pieces, err = unzlibPieces(src, int64(s.Size))
		return err
	}
	if err := memory.Need(s.Size, fmt.Sprintf("%d bytes of data", s.Size)); err != nil {
		return err
	}
	if z.method != elf.COMPRESS_ZSTD {
		z.data, err = unzlib(src, int(s.Size))
		return err
	}
	packed, err := memory.TryMake[byte](int(stream), int(stream), "the compressed data")
	if err != nil {
		return err
	}
	if err := f.readAt(packed, s.Offset+z.header); err != nil {
		return err
	}
	z.data, err = unzstd(packed, int(s.Size))
	return err
}

// unzlibPieces is unzlib for a stream that gives far more than usual.
func unzlibPieces(src io.Reader, size int64) (*stream.Store, error) {
	in := stream.NewReader(src)
	in.SetPacked()
	zr, err := zlib.NewReader(in)
	if err != nil {
		return nil, err
	}
	pieces, err := stream.NewStore("the data", 0)
	if err != nil {
		return nil, err
	}
	err = pieces.Fill(stream.Source{Reader: zr, Spent: in.Spent, Enough: func(s *stream.Store) (bool, error) { return s.Size() > size, nil }})
	if err != nil {
		return nil, err
	}
	return pieces, checkSize(pieces.Size(), size)
}

// checkSize compares what a stream gave with what was declared.
func checkSize(n, size int64) error {
	switch {
	case n > size:
		return fmt.Errorf("more than the declared %d bytes", size)
	case n < size:
		return fmt.Errorf("%d bytes instead of the declared %d: %w", n, size, io.ErrUnexpectedEOF)
	}
	return nil
}

// unzlib decompresses a stream that must give exactly size bytes.
func unzlib(src io.Reader, size int) ([]byte, error) {
	zr, err := zlib.NewReader(bufio.NewReaderSize(src, 1<<16))
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	n, err := io.ReadFull(zr, data)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, checkSize(int64(n), int64(size))
	}
	if err != nil {
		return nil, err
	}
	// The end of the stream also checks the checksum.
	var more [1]byte
	switch n, err := zr.Read(more[:]); {
	case n != 0:
		return nil, checkSize(int64(size)+1, int64(size))
	case err != io.EOF:
		return nil, err
	}
	return data, nil
}

// unzstd is unzlib for Zstandard frames. They are decoded in one piece: a streaming
// decoder would keep a window as well, which for these sections is as large as the
// result.
func unzstd(src []byte, size int) ([]byte, error) {
	zr, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	defer zr.Close()
	data, err := zr.DecodeAll(src, make([]byte, 0, size))
	if err != nil {
		return nil, err
	}
	if len(data) != size {
		return nil, fmt.Errorf("%d bytes instead of the declared %d", len(data), size)
	}
	return data, nil
}
