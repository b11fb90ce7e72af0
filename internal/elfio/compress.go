package elfio

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
)

// A section's declared size is believed, and memory allocated for it, if it is
// not more than ratio times its compressed size plus slack, and not more than
// the limit. Deflate cannot exceed 1032:1; debug information stays below 20:1.
const (
	inflateRatio = 1100
	inflateSlack = 1 << 20  // bytes
	inflateLimit = 16 << 30 // bytes
)

// compressed is the state of a compressed section.
type compressed struct {
	method elf.CompressionType
	header uint64 // bytes before the compressed stream
	once   sync.Once
	data   []byte
	err    error
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

// inflate returns the uncompressed data.
func (f *File) inflate(s *Section) ([]byte, error) {
	z := s.z
	z.once.Do(func() {
		z.data, z.err = f.decompress(s)
	})
	return z.data, z.err
}

func (f *File) decompress(s *Section) ([]byte, error) {
	z := s.z
	stream := s.FileSize - z.header
	var data []byte
	var err error
	if z.method == elf.COMPRESS_ZSTD {
		src := make([]byte, stream)
		if err := f.readAt(src, s.Offset+z.header); err != nil {
			return nil, err
		}
		data, err = unzstd(src, int(s.Size))
	} else {
		src := io.NewSectionReader(f.r, int64(s.Offset+z.header), int64(stream))
		data, err = unzlib(src, int(s.Size))
	}
	if err != nil {
		return nil, &FormatError{File: f.Name, Section: s.label(), Offset: z.header, Msg: "decompressing", Err: err}
	}
	return data, nil
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
		return nil, fmt.Errorf("%d bytes instead of the declared %d: %w", n, size, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, err
	}
	// The end of the stream also checks the checksum.
	var more [1]byte
	switch n, err := zr.Read(more[:]); {
	case n != 0:
		return nil, fmt.Errorf("more than the declared %d bytes", size)
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
