package kimage

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
)

// magics are the first bytes of compressed kernels.
var magics = []struct{ codec, magic string }{
	{"gzip", "\x1f\x8b\x08"},
	{"xz", "\xfd7zXZ\x00"},
	{"zstd", "\x28\xb5\x2f\xfd"},
	{"bzip2", "BZh"},
	{"lzma", "\x5d\x00\x00"},
	{"lz4", "\x02\x21\x4c\x18"}, // the format from before there were frames
	{"lzo", "\x89LZO\x00\r\n\x1a\n"},
}

// sniff finds out how the part is compressed.
func (p *Part) sniff(r io.ReaderAt) error {
	var start [startSize]byte
	n, err := r.ReadAt(start[:min(int64(len(start)), p.Size)], p.Offset)
	if err != nil && err != io.EOF {
		return err
	}
	for _, m := range magics {
		if strings.HasPrefix(string(start[:n]), m.magic) {
			p.Codec = m.codec
			return p.dropSize(r)
		}
	}
	if strings.HasPrefix(string(start[:n]), "\x7fELF") {
		return nil
	}
	return errors.New("the kernel in it is compressed in an unknown way")
}

// dropSize leaves out the size of the kernel: 4 bytes that the kernel's build appends to the
// compressed data where the format has no size (scripts/Makefile.lib).
func (p *Part) dropSize(r io.ReaderAt) error {
	if p.Codec == "gzip" || p.Size <= 4 {
		return nil
	}
	var size [4]byte
	if _, err := r.ReadAt(size[:], p.Offset+p.Size-4); err != nil && err != io.EOF {
		return err
	}
	if n := int64(binary.LittleEndian.Uint32(size[:])); n > p.Size && n < maxKernel {
		p.Size -= 4
	}
	return nil
}

// maxKernel is larger than any kernel, in bytes.
const maxKernel = 1 << 30

// search finds the compressed kernel after the code that unpacks it. Nothing but its first bytes
// says where it begins, and that code has the magic number too, to compare it.
func (p *Part) search(r io.ReaderAt, size int64) error {
	best := int64(-1)
	var err error
	for _, m := range magics {
		begins := headers[m.codec]
		if begins == nil { // they could be anything
			continue
		}
		var at int64
		if at, err = index(r, size, m.magic, begins); err != nil {
			return err
		}
		if at >= 0 && (best < 0 || at < best) {
			best, p.Codec = at, m.codec
		}
	}
	if best < 0 {
		return errors.New("the kernel in it is compressed in an unknown way")
	}
	p.Offset, p.Size = best, size-best
	if p.Codec == "zstd" { // whose unpackers take what follows for another frame
		p.Size, err = zstdFrame(r, best, size)
	}
	return err
}

// startSize is how many bytes headers have to see.
const startSize = 24

// headers report whether bytes that begin with the magic number of a format go on as its compressor
// has kernels begin.
var headers = map[string]func(start []byte) bool{
	// RFC 1952, 2.3: no reserved flags.
	"gzip": func(start []byte) bool { return start[3]&0xe0 == 0 },
	// The .xz File Format, 2.1.1: the flags and their CRC32.
	"xz": func(start []byte) bool {
		return binary.LittleEndian.Uint32(start[8:]) == crc32.ChecksumIEEE(start[6:8])
	},
	"zstd": beginsZstd,
	// Documentation of lz4: the size of the first block.
	"lz4": func(start []byte) bool {
		n := binary.LittleEndian.Uint32(start[4:])
		return 0 < n && n <= 16<<20
	},
	"lzo": func([]byte) bool { return true }, // the number has 9 bytes
}

// beginsZstd checks the header of a frame and that of its first block, which is not the last one of
// a kernel (RFC 8878, 3.1.1).
func beginsZstd(start []byte) bool {
	const dictionary, reserved = 0x03, 0x18
	block := zstdBlock(start[zstdHead(start[4]):])
	return start[4]&(dictionary|reserved) == 0 && !block.last() && block.size() > 0
}

// zstdHead returns the size of the header of a frame without a dictionary, by its descriptor.
func zstdHead(descriptor byte) int64 {
	contents := []int64{0, 2, 4, 8}[descriptor>>6] // bytes that tell the size of the contents
	if descriptor&0x20 == 0 {
		return 5 + 1 + contents // and the size of the window
	}
	return 5 + max(1, contents)
}

// A zstdHeader is that of a block.
type zstdHeader uint32

func zstdBlock(b []byte) zstdHeader {
	return zstdHeader(b[0]) | zstdHeader(b[1])<<8 | zstdHeader(b[2])<<16
}

func (h zstdHeader) last() bool { return h&1 != 0 }

// size returns how many bytes follow after the header; less than 0 for one that cannot be.
func (h zstdHeader) size() int64 {
	switch n, kind := int64(h>>3), h>>1&3; {
	case kind == 3 || n > 128<<10:
		return -1
	case kind == 1: // a byte that is repeated
		return 1
	default:
		return n
	}
}

// zstdFrame returns the length of the frame at an offset.
func zstdFrame(r io.ReaderAt, off, size int64) (int64, error) {
	var b [5]byte
	if _, err := r.ReadAt(b[:], off); err != nil {
		return 0, err
	}
	descriptor := b[4]
	at := off + zstdHead(descriptor)
	in := bufio.NewReaderSize(io.NewSectionReader(r, at, max(0, size-at)), 64<<10) // blocks may have one byte each
	for at <= size-3 {
		if _, err := io.ReadFull(in, b[:3]); err != nil {
			return 0, err
		}
		block := zstdBlock(b[:3])
		n := block.size()
		if n < 0 {
			break
		}
		if at += 3 + n; !block.last() {
			if _, err := in.Discard(int(n)); err != nil && err != io.EOF {
				return 0, err
			}
			continue
		}
		if descriptor&0x04 != 0 { // a checksum
			at += 4
		}
		if at > size {
			break
		}
		return at - off, nil
	}
	return 0, errDamaged
}
