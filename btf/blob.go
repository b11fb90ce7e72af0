package btf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"unsafe"

	"github.com/gopahole/gopahole/internal/memory"
)

// blob is raw BTF that is read into the form of Types at once, so that a kernel's five
// megabytes are in memory once and are not copied.
type blob struct {
	r   io.ReaderAt
	buf []byte
}

const blobPiece = 64 << 10 // bytes

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

// A placed reader has its contents in memory, where they can be used without a copy.
type placed interface {
	// Bytes returns n bytes from an offset on, or nil.
	Bytes(off, n int64) []byte
}

// place returns n bytes at an offset where they are in memory, nil if they are not.
func (b *blob) place(off int64, n uint32) []byte {
	r := b.r
	for {
		section, ok := r.(*io.SectionReader)
		if !ok {
			break
		}
		outer, at, _ := section.Outer()
		r, off = outer, off+at
	}
	if p, ok := r.(placed); ok {
		return p.Bytes(off, int64(n))
	}
	return nil
}

// words returns n bytes at an offset as words.
func (b *blob) words(off int64, n uint32, order binary.ByteOrder) ([]uint32, error) {
	if isNative(order) {
		if there := b.place(off, n); there != nil && uintptr(unsafe.Pointer(&there[0]))%4 == 0 {
			return unsafe.Slice((*uint32)(unsafe.Pointer(&there[0])), n/4), nil
		}
	}
	words, err := memory.TryMake[uint32](int(n/4), int(n/4), fmt.Sprintf("%d bytes of types", n))
	if err != nil || len(words) == 0 {
		return words, err
	}
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 4*len(words)) // their own memory
	if err := b.read(raw, off); err != nil {
		return nil, err
	}
	if !isNative(order) {
		for i, w := range words {
			words[i] = bits.ReverseBytes32(w)
		}
	}
	return words, nil
}

// text returns n bytes at an offset as a string.
func (b *blob) text(off int64, n uint32) (string, error) {
	if there := b.place(off, n); there != nil {
		return unsafe.String(&there[0], n), nil
	}
	text, err := memory.TryMake[byte](int(n), int(n), fmt.Sprintf("%d bytes of strings", n))
	if err != nil || n == 0 {
		return "", err
	}
	if err := b.read(text, off); err != nil {
		return "", err
	}
	return unsafe.String(&text[0], n), nil // nobody else has the bytes
}
