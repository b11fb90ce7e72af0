package mutate

import (
	"bytes"
	"compress/gzip"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Formats are the suffixes of the formats that Pack writes.
var Formats = []string{".gz", ".xz", ".zst"}

// Pack compresses data as a file of that suffix.
func Pack(suffix string, data []byte) ([]byte, error) {
	var b bytes.Buffer
	switch suffix {
	case ".gz":
		w := gzip.NewWriter(&b)
		w.Write(data) // a bytes.Buffer takes everything
		w.Close()
	case ".xz":
		w, err := xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&b)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
	case ".zst":
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			return nil, err
		}
		defer w.Close()
		return w.EncodeAll(data, nil), nil
	}
	return b.Bytes(), nil
}

// Bytes returns a copy of data with a change to some bytes, whatever they are, and its name.
func (m *Mutator) Bytes(data []byte) ([]byte, string) {
	c := m.pick(byteChanges)
	return c.apply(m, bytes.Clone(data)), c.name
}
