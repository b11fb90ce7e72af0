package unpack

import (
	"encoding/binary"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/stream"
)

// A decompressor reads files of one format.
type decompressor struct {
	format Format
	magic  string
	// open begins to decompress. hint is the length of the contents as the file has it,
	// 0 if it does not say.
	open func(in *stream.Reader) (r io.ReadCloser, hint int64, err error)
}

// decompressors are for the formats that Linux loads modules from, and vmlinux may come
// in.
var decompressors = []decompressor{
	{Gzip, "\x1f\x8b", gunzip},
	{XZ, xzMagic, unxz},
	{Zstd, "\x28\xb5\x2f\xfd", unzstd},
}

// magicSize is the length of the longest magic.
const magicSize = len(xzMagic)

// decompressorFor returns what reads a file that begins with start, nil if it is not
// compressed.
func decompressorFor(start []byte) *decompressor {
	for i := range decompressors {
		if strings.HasPrefix(string(start[:min(len(start), magicSize)]), decompressors[i].magic) {
			return &decompressors[i]
		}
	}
	return nil
}

func gunzip(in *stream.Reader) (io.ReadCloser, int64, error) {
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, 0, err
	}
	// The last bytes are the length, modulo 2^32 and of the last member only (RFC 1952,
	// 2.3.1).
	var length [4]byte
	if file, size := in.File(); file != nil && size >= int64(len(length)) {
		if _, err := file.ReadAt(length[:], size-int64(len(length))); err != nil {
			return nil, 0, err
		}
	}
	return r, int64(binary.LittleEndian.Uint32(length[:])), nil
}

// maxDictionary bounds the memory that a decompressor needs besides its output, in
// bytes: twice what the strongest settings of xz and zstd ask for by default (xz -9:
// 64 MiB; zstd --ultra -22: 128 MiB).
const maxDictionary = 256 << 20

func unzstd(in *stream.Reader) (io.ReadCloser, int64, error) {
	start, err := in.Peek(zstd.HeaderMaxSize)
	if err != nil && err != io.EOF {
		return nil, 0, err
	}
	var head zstd.Header
	if err := head.Decode(start); err != nil {
		return nil, 0, err
	}
	if err := memory.Need(min(head.WindowSize, maxDictionary), "the window"); err != nil {
		return nil, 0, err
	}
	r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxDictionary))
	if err != nil {
		return nil, 0, err
	}
	return r.IOReadCloser(), int64(min(head.FrameContentSize, 1<<62)), nil
}

func unxz(in *stream.Reader) (io.ReadCloser, int64, error) {
	file, length, err := in.Whole()
	if err != nil {
		return nil, 0, err
	}
	size, dictionary, err := scanXZ(file, length)
	if err != nil {
		return nil, 0, err
	}
	if err := memory.Need(uint64(dictionary), "the dictionary"); err != nil {
		return nil, 0, err
	}
	r, err := xz.NewReader(in)
	return io.NopCloser(r), size, err
}
