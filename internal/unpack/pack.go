package unpack

import (
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Pack returns a writer that compresses what is written to it as [File.Compressed] says,
// and ends with Close. The formats are those that kernels unpack by themselves
// (CONFIG_MODULE_DECOMPRESS): xz with CRC32 and a small dictionary, gzip without name
// and time, so that equal contents are equal files (scripts/Makefile.modinst).
func Pack(w io.Writer, format string) (io.WriteCloser, error) {
	switch format {
	case "gzip":
		return gzip.NewWriterLevel(w, gzip.BestCompression)
	case "xz":
		return xz.WriterConfig{CheckSum: xz.CRC32, DictCap: 1 << 20}.NewWriter(w)
	case "zstd":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(1<<20))
	}
	return nil, fmt.Errorf("no way to compress with %q", format)
}

// Packed returns what writes src compressed as by [Pack], and src itself if format is "".
func Packed(src io.WriterTo, format string) io.WriterTo {
	if format == "" {
		return src
	}
	return &packed{src, format}
}

type packed struct {
	src    io.WriterTo
	format string
}

// WriteTo returns how many bytes were compressed.
func (p *packed) WriteTo(w io.Writer) (int64, error) {
	packer, err := Pack(w, p.format)
	if err != nil {
		return 0, err
	}
	n, err := p.src.WriteTo(packer)
	if err != nil {
		packer.Close()
		return n, err
	}
	return n, packer.Close()
}

// suffixes are the endings of names of compressed files, by format.
var suffixes = map[string]string{".gz": "gzip", ".xz": "xz", ".zst": "zstd"}

// FormatOf returns the format that the name of a file stands for, "" if it is not
// compressed.
func FormatOf(name string) string {
	for suffix, format := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return format
		}
	}
	return ""
}

// IsPacked tells whether a file is compressed that begins with these bytes.
func IsPacked(start []byte) bool { return formatOf(start) != nil }
