package btf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gopahole/gopahole/internal/memory"
)

// blob is raw BTF that is read piece by piece, so that a kernel's five megabytes
// are in memory once, in the form of Types.
type blob struct {
	r   io.ReaderAt
	buf []byte
}

const blobPiece = 64 << 10 // bytes, a multiple of 4

// read fills p from an offset.
func (b *blob) read(p []byte, off int64) error {
	n, err := b.r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}

// each calls f with n bytes from an offset on, piece by piece.
func (b *blob) each(off int64, n uint32, f func(part []byte)) error {
	if b.buf == nil && n > 0 {
		b.buf = memory.Make[byte](blobPiece, blobPiece)
	}
	for n > 0 {
		part := b.buf[:min(n, blobPiece)]
		if err := b.read(part, off); err != nil {
			return err
		}
		f(part)
		off += int64(len(part))
		n -= uint32(len(part))
	}
	return nil
}

// words returns n bytes at an offset as words.
func (b *blob) words(off int64, n uint32, order binary.ByteOrder) ([]uint32, error) {
	words, err := memory.TryMake[uint32](int(n/4), int(n/4), fmt.Sprintf("%d bytes of types", n))
	if err != nil {
		return nil, err
	}
	rest := words
	err = b.each(off, n, func(part []byte) {
		dst := rest[:len(part)/4]
		rest = rest[len(dst):]
		if order == binary.LittleEndian {
			littleEndian(dst, part)
			return
		}
		for i := range dst {
			dst[i] = order.Uint32(part[i*4:])
		}
	})
	return words, err
}

// littleEndian decodes part. The arrays keep the inner loop free of checks, so that
// it compiles to a load and a store for each word.
func littleEndian(dst []uint32, part []byte) {
	const step = 16
	for len(dst) >= step && len(part) >= 4*step {
		d, p := (*[step]uint32)(dst), (*[4 * step]byte)(part)
		for i := range d {
			d[i] = binary.LittleEndian.Uint32(p[4*i : 4*i+4])
		}
		dst, part = dst[step:], part[4*step:]
	}
	for i := range dst {
		dst[i] = binary.LittleEndian.Uint32(part[i*4:])
	}
}

func (b *blob) text(off int64, n uint32) (string, error) {
	if err := memory.Need(uint64(n), fmt.Sprintf("%d bytes of strings", n)); err != nil {
		return "", err
	}
	var text strings.Builder
	text.Grow(int(n))
	err := b.each(off, n, func(part []byte) {
		if text.Len() == 0 { // where an empty string is cannot be told
			text.WriteByte(part[0])
			part = part[1:]
			memory.Advise(text.String(), int(n))
		}
		text.Write(part)
	})
	return text.String(), err
}
