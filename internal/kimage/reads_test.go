package kimage_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/kimage/kimagetest"
)

// countingReader counts the reads.
type countingReader struct {
	io.ReaderAt
	n int
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	c.n++
	return c.ReaderAt.ReadAt(p, off)
}

// TestSmallBlocks: a frame of zstd with as many blocks as there can be is not read block by block.
func TestSmallBlocks(t *testing.T) {
	const blocks = 100_000
	frame := "\x28\xb5\x2f\xfd\x20\x01" + strings.Repeat("\x0a\x00\x00x", blocks) + "\x0b\x00\x00x"
	image := kimagetest.S390([]byte(frame))
	r := &countingReader{ReaderAt: bytes.NewReader(image)}
	p, err := kimage.Find(kimage.S390, r, int64(len(image)))
	if err != nil || p.Size != int64(len(frame)) || p.Codec != "zstd" {
		t.Errorf("%+v, %v, want %d bytes of zstd", p, err, len(frame))
	}
	if r.n > blocks/100 {
		t.Errorf("%d reads", r.n)
	}
}
