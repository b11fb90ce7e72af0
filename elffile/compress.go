package elffile

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/gopahole/gopahole/internal/memlimit"
	"github.com/gopahole/gopahole/internal/stream"
)

// A section's declared size is refused if it is more than ratio times its compressed
// size plus slack, or more than the limit. Deflate cannot exceed 1032:1; debug
// information stays below 20:1.
const (
	inflateRatio = 1100
	inflateSlack = 1 << 20  // bytes
	inflateLimit = 16 << 30 // bytes

	// A section of more than usualGain bytes for each compressed one, and usualSlack
	// beside, is kept in pieces, most of them packed again.
	usualGain  = 16
	usualSlack = 4 << 20
)

// compressed is the state of a compressed section.
type compressed struct {
	method elf.CompressionType
	header uint64 // bytes before the compressed stream
	once   sync.Once
	data   []byte        // nil if pieces has them
	pieces *stream.Store // of zlib, where there is far more than is usual
	err    error

	joinOnce sync.Once
	joined   []byte // pieces as one
	joinErr  error
}

// initCompression finds out whether s is compressed: marked by SHF_COMPRESSED
// (gABI, ch. 4, "Section compression"), or by the name .zdebug_* and the magic
// "ZLIB" followed by the size as 8 bytes, most significant first.
func (f *File) initCompression(s *Section) error {
	switch {
	case !s.HasData():
		return nil
	case s.Flags&elf.SHF_COMPRESSED != 0:
		return f.initCompressedFlag(s)
	case strings.HasPrefix(s.Name, ".zdebug_") && s.FileSize >= 12:
		var hdr [12]byte
		if err := f.readAt(hdr[:], s.Offset); err != nil {
			return err
		}
		if string(hdr[:4]) != "ZLIB" {
			return nil
		}
		return f.setCompressed(s, elf.COMPRESS_ZLIB, 12, binary.BigEndian.Uint64(hdr[4:]))
	}
	return nil
}

func (f *File) initCompressedFlag(s *Section) error {
	w := f.wire()
	if s.FileSize < w.chdr {
		return f.sectionf(s, 0, "too short for the header of a compressed section")
	}
	hdr := make([]byte, w.chdr)
	if err := f.readAt(hdr, s.Offset); err != nil {
		return err
	}
	method := elf.CompressionType(f.Order.Uint32(hdr))
	if method != elf.COMPRESS_ZLIB && method != elf.COMPRESS_ZSTD {
		return f.sectionf(s, 0, "unknown compression method %d", method)
	}
	sizeAt := len(hdr) - 2*w.word
	s.AddrAlign = f.word(hdr[sizeAt+w.word:])
	return f.setCompressed(s, method, w.chdr, f.word(hdr[sizeAt:]))
}

func (f *File) setCompressed(s *Section, method elf.CompressionType, header, size uint64) error {
	stream := s.FileSize - header
	limit := uint64(inflateLimit)
	if stream < inflateLimit/inflateRatio {
		limit = min(limit, stream*inflateRatio+inflateSlack)
	}
	limit = min(limit, math.MaxInt)
	if size > limit {
		return f.sectionf(s, 0, "declares %d bytes of uncompressed data for %d compressed ones, the limit is %d", size, stream, limit)
	}
	s.Size = size
	s.z = &compressed{method: method, header: header}
	return nil
}

// inflate decompresses the section once.
func (f *File) inflate(s *Section) error {
	s.z.once.Do(func() {
		if err := f.decompress(s); err != nil {
			s.z.err = &FormatError{File: f.Name, Section: s.label(), Offset: s.z.header, Msg: "decompressing", Err: err}
		}
	})
	return s.z.err
}

// readInflated fills p with uncompressed data from an offset on, where they are.
func (f *File) readInflated(s *Section, p []byte, off uint64) error {
	if err := f.inflate(s); err != nil {
		return err
	}
	if s.z.pieces != nil {
		_, err := s.z.pieces.ReadAt(p, int64(off))
		return err
	}
	copy(p, s.z.data[off:])
	return nil
}

// inflated returns the uncompressed data.
func (f *File) inflated(s *Section) ([]byte, error) {
	if err := f.inflate(s); err != nil {
		return nil, err
	}
	z := s.z
	if z.pieces == nil {
		return z.data, nil
	}
	z.joinOnce.Do(func() {
		if z.joined, z.joinErr = f.makeRoom(s); z.joinErr == nil {
			_, z.joinErr = z.pieces.ReadAt(z.joined, 0)
		}
	})
	return z.joined, z.joinErr
}

// makeRoom returns room for the data of a section.
func (f *File) makeRoom(s *Section) ([]byte, error) {
	if s.Size > math.MaxInt {
		return nil, f.sectionf(s, 0, "%d bytes are too many for this machine", s.Size)
	}
	data, err := memlimit.Make[byte](int(s.Size), int(s.Size), "")
	if err != nil {
		return nil, &FormatError{File: f.Name, Section: s.label(), Msg: fmt.Sprintf("%d bytes of data", s.Size), Err: err}
	}
	return data, nil
}

func (f *File) decompress(s *Section) (err error) {
	z := s.z
	stream := s.FileSize - z.header
	src := io.NewSectionReader(f.r, int64(s.Offset+z.header), int64(stream))
	if z.method == elf.COMPRESS_ZLIB && s.Size > usualGain*stream+usualSlack {
		z.pieces, err = unzlibPieces(src, int64(s.Size))
		return err
	}
	if err := memlimit.Need(s.Size, fmt.Sprintf("%d bytes of data", s.Size)); err != nil {
		return err
	}
	if z.method != elf.COMPRESS_ZSTD {
		z.data, err = unzlib(src, int(s.Size))
		return err
	}
	packed, err := memlimit.Make[byte](int(stream), int(stream), "the compressed data")
	if err != nil {
		return err
	}
	if err := f.readAt(packed, s.Offset+z.header); err != nil {
		return err
	}
	z.data, err = unzstd(packed, int(s.Size))
	return err
}

// unzlibPieces is unzlib for a stream that gives much more than is usual.
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

// unzstd is unzlib for Zstandard frames. They are decoded in one piece: a
// streaming decoder keeps a window, which for these sections is as large as the
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
