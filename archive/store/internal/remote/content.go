package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/gopahole/gopahole/archive/store/internal/transfer"
)

// inMemory is the size from which on contents that can be read only once wait in a file.
const inMemory = 4 << 20

// Content is what is put: bytes that can be read again, as a try may fail.
type Content struct {
	Size   int64
	SHA256 [sha256.Size]byte
	at     io.ReaderAt
	close  func()
}

// NewContent reads the size bytes of r. What is a file is read where it is; what is not waits in memory or, if it is
// large, in a temporary file, which has no name where the system permits it.
func NewContent(ctx context.Context, r io.Reader, size int64) (*Content, error) {
	src, err := transfer.NewSource(ctx, r, size)
	if err != nil {
		return nil, err
	}
	c := &Content{Size: size, close: func() {}}
	hash := sha256.New()
	var keep io.Writer
	var buf bytes.Buffer
	again, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	})
	var start int64
	if ok {
		start, err = again.Seek(0, io.SeekCurrent)
		ok = err == nil // a pipe is a file as well
	}
	switch {
	case ok:
		c.at, keep = io.NewSectionReader(again, start, size), io.Discard
	case size <= inMemory:
		buf.Grow(int(size))
		keep = &buf
	default:
		f, err := os.CreateTemp("", "gopahole-put-")
		if err != nil {
			return nil, err
		}
		removed := os.Remove(f.Name()) == nil
		c.close = func() {
			f.Close()
			if !removed {
				os.Remove(f.Name())
			}
		}
		c.at, keep = f, f
	}
	if _, err := src.WriteTo(io.MultiWriter(hash, keep)); err != nil {
		c.Close()
		if !transfer.IsSource(err) {
			err = fmt.Errorf("keeping it until it is put: %w", err)
		}
		return nil, err
	}
	if c.at == nil {
		c.at = bytes.NewReader(buf.Bytes())
	}
	hash.Sum(c.SHA256[:0])
	return c, nil
}

// Reader returns a new reader of the contents.
func (c *Content) Reader() *io.SectionReader { return io.NewSectionReader(c.at, 0, c.Size) }

// Close ends the use of the contents.
func (c *Content) Close() { c.close() }
