package unpack

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Compress returns what writes the contents of src compressed, and src itself for None.
// Its WriteTo returns how many bytes were compressed. Kernels can unpack the result
// themselves (CONFIG_MODULE_DECOMPRESS), and equal contents give equal bytes.
func (f Format) Compress(src io.WriterTo) io.WriterTo {
	if f == None {
		return src
	}
	return &compressed{src, f}
}

type compressed struct {
	src    io.WriterTo
	format Format
}

func (c *compressed) WriteTo(w io.Writer) (int64, error) {
	packer, err := c.format.newWriter(w)
	if err != nil {
		return 0, err
	}
	n, err := c.src.WriteTo(packer)
	if err != nil {
		packer.Close()
		return n, err
	}
	return n, packer.Close()
}

// newWriter returns a writer that compresses what is written to it, and ends with Close.
// As scripts/Makefile.modinst does it: xz with CRC32 and a small dictionary, gzip without
// name and time.
func (f Format) newWriter(w io.Writer) (io.WriteCloser, error) {
	switch f {
	case Gzip:
		return gzip.NewWriterLevel(w, gzip.BestCompression)
	case XZ:
		return xz.WriterConfig{CheckSum: xz.CRC32, DictCap: 1 << 20}.NewWriter(w)
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(1<<20))
	}
	return nil, fmt.Errorf("no way to compress with %q", f)
}
