package source

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/ulikunitz/xz/lzma"
)

// maxDictionary bounds the memory that a decompressor takes, in bytes: what the strongest
// settings of zstd ask for, and twice those of xz.
const maxDictionary = 128 << 20

const readAhead = 256 << 10 // bytes

// A codec is a format of compressed streams.
type codec struct {
	name string
	is   func(start []byte) bool
	open func(r io.Reader) (io.ReadCloser, error)
}

var codecs = []codec{
	{"gzip", magic("\x1f\x8b"), func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }},
	{"xz", magic("\xfd7zXZ\x00"), openXZ},
	{"zstd", magic("\x28\xb5\x2f\xfd"), func(r io.Reader) (io.ReadCloser, error) {
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxDictionary))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}},
	{"bzip2", magic("BZh"), func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(r)), nil }},
	{"lzma", isLZMA, func(r io.Reader) (io.ReadCloser, error) {
		return plain(lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(r))
	}},
}

func magic(text string) func([]byte) bool {
	return func(start []byte) bool { return bytes.HasPrefix(start, []byte(text)) }
}

// plain is a decompressor that need not be closed.
func plain[R io.Reader](r R, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	return io.NopCloser(r), nil
}

// isLZMA recognises the old format of LZMA, which has no magic: the properties that its
// programs write (lc=3 lp=0 pb=2), a dictionary of a power of two or one and a half times that, and a length
// that is unknown or sensible (xz: lzma-file-format.txt, 1.1).
func isLZMA(start []byte) bool {
	if len(start) < lzma.HeaderLen || start[0] != 0x5d || start[1] != 0 || start[2] != 0 {
		return false
	}
	dict := uint32(start[1]) | uint32(start[2])<<8 | uint32(start[3])<<16 | uint32(start[4])<<24
	if dict == 0 || dict > maxDictionary {
		return false
	}
	for dict&1 == 0 {
		dict >>= 1
	}
	unknown := bytes.Equal(start[5:13], []byte("\xff\xff\xff\xff\xff\xff\xff\xff"))
	return dict <= 3 && (unknown || start[11] == 0 && start[12] == 0)
}

// slow reports whether it takes long to decompress: less than 100 MB in a second.
func (c *codec) slow() bool {
	return c != nil && (c.name == "xz" || c.name == "bzip2" || c.name == "lzma")
}

// codecOf returns the format of a stream that begins with start, nil if it is not
// compressed.
func codecOf(start []byte) *codec {
	for i := range codecs {
		if codecs[i].is(start) {
			return &codecs[i]
		}
	}
	return nil
}

// A stream is what a compressed or plain stream holds.
type stream struct {
	*bufio.Reader
	codec  *codec // nil for a plain one
	closer io.Closer
}

// unpackStream reads the beginning of a stream, and decompresses it if need be. What was
// compressed twice is not.
func unpackStream(r io.Reader, limits Limits) (*stream, error) {
	packed := &counted{r: r}
	in := bufio.NewReaderSize(packed, readAhead)
	start, err := in.Peek(32)
	if err != nil && err != io.EOF {
		return nil, err
	}
	c := codecOf(start)
	if c == nil {
		return &stream{Reader: in}, nil
	}
	d, err := c.open(in)
	if err != nil {
		return nil, c.wrap(err)
	}
	return newStream(c, d, packed, limits), nil
}

// newStream is a stream that d decompresses, of which packed counts the bytes.
func newStream(c *codec, d io.ReadCloser, packed *counted, limits Limits) *stream {
	out := &bounded{r: &named{d, c}, packed: packed, limits: limits}
	return &stream{bufio.NewReaderSize(out, readAhead), c, d}
}

// Close ends the decompression. The stream below is not closed.
func (s *stream) Close() error {
	if s.closer == nil {
		return nil
	}
	return s.closer.Close()
}

// wrap says which decompressor an error is from.
func (c *codec) wrap(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || err == xz.ErrBuf || err == io.EOF {
		return fmt.Errorf("%s: %w", c.name, errTruncated)
	}
	if strings.HasPrefix(err.Error(), c.name+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", c.name, err)
}

// A named reader wraps the errors of a decompressor.
type named struct {
	r     io.Reader
	codec *codec
}

func (n *named) Read(p []byte) (int, error) {
	k, err := n.r.Read(p)
	if err != nil && err != io.EOF {
		err = n.codec.wrap(err)
	}
	return k, err
}
