package unpack

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// format is a compression format of whole files.
type format struct {
	name, magic string
	decompress  func(raw []byte, limit int64) ([]byte, error)
}

// formats are those that Linux loads modules from, and vmlinux may come in.
var formats = []format{
	{"gzip", "\x1f\x8b", gunzip},
	{"xz", xzMagic, unxz},
	{"zstd", "\x28\xb5\x2f\xfd", unzstd},
}

// magicSize is the length of the longest magic.
const magicSize = len(xzMagic)

// formatOf returns the format of a file with these contents, or nil.
func formatOf(start []byte) *format {
	for i := range formats {
		if strings.HasPrefix(string(start[:min(len(start), magicSize)]), formats[i].magic) {
			return &formats[i]
		}
	}
	return nil
}

// gain is how much longer than its compressed form a file is taken to be when a
// length is not checked before the end. Kernels and modules stay below it.
const gain = 16

func gunzip(raw []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	// The end has the length, modulo 2^32 and of the last member only (RFC 1952,
	// 2.3.1).
	hint := int64(binary.LittleEndian.Uint32(raw[len(raw)-4:]))
	return readUpTo(r, min(hint, int64(len(raw))*gain, limit), limit)
}

func unzstd(raw []byte, limit int64) ([]byte, error) {
	var head zstd.Header
	if err := head.Decode(raw); err != nil {
		return nil, err
	}
	r, err := zstd.NewReader(bytes.NewReader(raw),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit)), zstd.WithDecoderMaxWindow(maxDictionary))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	hint := int64(min(head.FrameContentSize, uint64(limit)))
	return readUpTo(r, min(hint, int64(len(raw))*gain), limit)
}

// maxDictionary bounds the memory that a decompressor needs beside its output,
// in bytes: twice what the strongest settings of xz and zstd ask for by
// default (xz -9: 64 MiB; zstd --ultra -22: 128 MiB).
const maxDictionary = 256 << 20

func unxz(raw []byte, limit int64) ([]byte, error) {
	size, err := scanXZ(raw)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, ErrTooLarge
	}
	r, err := xz.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return readUpTo(r, min(size, int64(len(raw))*gain), limit)
}
