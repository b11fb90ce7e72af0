package kimage

import (
	"encoding/binary"
	"errors"
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
	{"lzo", "\x89LZO"},
}

// sniff finds out how the part is compressed.
func (p *Part) sniff(r io.ReaderAt) error {
	var start [8]byte
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

// zImage finds the compressed kernel after the code that unpacks it. Nothing but its magic
// says where it begins.
func (p *Part) zImage(r io.ReaderAt, size int64) error {
	best := int64(-1)
	for _, m := range magics {
		if m.codec == "lzma" || m.codec == "bzip2" { // they could be anything
			continue
		}
		at, err := index(r, size, []byte(m.magic))
		if err != nil {
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
	return nil
}
