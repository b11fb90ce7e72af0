package unpack

import (
	"encoding/binary"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gopahole/gopahole/internal/memlimit"
)

// format is a compression format of whole files.
type format struct {
	name, magic string
	// unpack begins to decompress. hint is the length of the contents as the file has it,
	// 0 if that is not known.
	unpack func(in *Stream) (r io.ReadCloser, hint int64, err error)
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

func gunzip(in *Stream) (io.ReadCloser, int64, error) {
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, 0, err
	}
	// The end has the length, modulo 2^32 and of the last member only (RFC 1952,
	// 2.3.1).
	var length [4]byte
	if in.file != nil && in.size >= int64(len(length)) {
		if _, err := in.file.ReadAt(length[:], in.size-int64(len(length))); err != nil {
			return nil, 0, err
		}
	}
	return r, int64(binary.LittleEndian.Uint32(length[:])), nil
}

// maxDictionary bounds the memory that a decompressor needs beside its output,
// in bytes: twice what the strongest settings of xz and zstd ask for by
// default (xz -9: 64 MiB; zstd --ultra -22: 128 MiB).
const maxDictionary = 256 << 20

func unzstd(in *Stream) (io.ReadCloser, int64, error) {
	start, err := in.Peek(zstd.HeaderMaxSize)
	if err != nil && err != io.EOF {
		return nil, 0, err
	}
	var head zstd.Header
	if err := head.Decode(start); err != nil {
		return nil, 0, err
	}
	if err := memlimit.Need(min(head.WindowSize, maxDictionary), "the window"); err != nil {
		return nil, 0, err
	}
	r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxDictionary))
	if err != nil {
		return nil, 0, err
	}
	return r.IOReadCloser(), int64(min(head.FrameContentSize, 1<<62)), nil
}

func unxz(in *Stream) (io.ReadCloser, int64, error) {
	file, err := in.random()
	if err != nil {
		return nil, 0, err
	}
	size, dictionary, err := scanXZ(file, in.size)
	if err != nil {
		return nil, 0, err
	}
	if err := memlimit.Need(uint64(dictionary), "the dictionary"); err != nil {
		return nil, 0, err
	}
	r, err := xz.NewReader(in)
	return io.NopCloser(r), size, err
}
