package elffile

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/stream"
)

// A section's declared size is refused if it is more than ratio times its compressed
// size plus slack, or more than the limit. Deflate cannot exceed 1032:1; debug
// information stays below 20:1.
const (
	inflateRatio = 1100
	inflateSlack = 1 << 20  // bytes
	inflateLimit = 16 << 30 // bytes

	// A section that is larger than usualGain times its compressed size plus usualSlack is
	// kept in pieces, most of them packed again.
	usualGain  = 16
	usualSlack = 4 << 20
)

// compressed is the state of a compressed section.
type compressed struct {
	method elf.CompressionType
	header uint64 // bytes before the compressed stream
	once   sync.Once
	data   []byte        // decompressed; nil if pieces has them
	pieces *stream.Store // for zlib, where they are far larger than usual
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

// readInflated fills p with decompressed data from an offset on.
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

// inflated returns the decompressed data.
func (f *File) inflated(s *Section) ([]byte, error) {
	if err := f.inflate(s); err != nil {
		return nil, err
	}
	z := s.z
	if z.pieces == nil {
		return z.data, nil
	}
	z.joinOnce.Do(func() {
		if z.joined, z.joinErr = f.allocate(s); z.joinErr == nil {
			_, z.joinErr = z.pieces.ReadAt(z.joined, 0)
		}
	})
	return z.joined, z.joinErr
}

// allocate returns memory for the data of a section.
func (f *File) allocate(s *Section) ([]byte, error) {
	if s.Size > math.MaxInt {
		return nil, f.sectionf(s, 0, "%d bytes are too many for this machine", s.Size)
	}
	data, err := memory.TryMake[byte](int(s.Size), int(s.Size), "")
	if err != nil {
		return nil, &FormatError{File: f.Name, Section: s.label(), Msg: fmt.Sprintf("%d bytes of data", s.Size), Err: err}
	}
	return data, nil
}
