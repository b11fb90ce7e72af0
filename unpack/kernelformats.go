package unpack

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	xzbcj "github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz/lzma"

	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/stream"
)

// kernelFormats decompress kernels. They ignore what follows the compressed data: the
// kernel's build puts things there.
var kernelFormats = map[string]func(in *stream.Reader) (io.ReadCloser, error){
	"gzip":  gunzipKernel,
	"xz":    unxzKernel,
	"zstd":  unzstdKernel,
	"lzma":  unlzma,
	"bzip2": func(in *stream.Reader) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(in)), nil },
	"lz4":   func(in *stream.Reader) (io.ReadCloser, error) { return io.NopCloser(lz4.NewReader(in)), nil },
}

func gunzipKernel(in *stream.Reader) (io.ReadCloser, error) {
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return r, nil
}

func unzstdKernel(in *stream.Reader) (io.ReadCloser, error) {
	r, _, err := unzstd(in)
	return r, err
}

// unxzKernel uses a package that knows the filters for machine code, with which kernels are
// compressed. The one that unpacks modules does not.
func unxzKernel(in *stream.Reader) (io.ReadCloser, error) {
	head, err := in.Peek(xzStreamHead + 64)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if err := memory.Need(uint64(xzDictionary(head)), "the dictionary"); err != nil {
		return nil, err
	}
	r, err := xzbcj.NewReader(in, maxDictionary)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return io.NopCloser(r), nil
}

// xzDictionary returns the size of the dictionary that the first block asks for, at most
// maxDictionary (The .xz File Format 1.2, 3.1 and 5.3.1).
func xzDictionary(head []byte) int64 {
	lzma2 := bytes.LastIndex(head[min(len(head), xzStreamHead):], []byte{xzLZMA2, 1})
	if at := xzStreamHead + lzma2 + 2; lzma2 >= 0 && at < len(head) && head[at] < 40 {
		bits := head[at]
		return min(int64(2|bits&1)<<(bits/2+11), maxDictionary)
	}
	return maxDictionary
}

func unlzma(in *stream.Reader) (io.ReadCloser, error) {
	head, err := in.Peek(lzma.HeaderLen)
	if err != nil {
		return nil, err
	}
	dictionary := binary.LittleEndian.Uint32(head[1:])
	if dictionary > maxDictionary {
		return nil, fmt.Errorf("needs a dictionary of %d MiB, the limit is %d", dictionary>>20, maxDictionary>>20)
	}
	if err := memory.Need(uint64(dictionary), "the dictionary"); err != nil {
		return nil, err
	}
	r, err := lzma.NewReader(in)
	return io.NopCloser(r), err
}
