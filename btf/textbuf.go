package btf

import (
	"encoding/binary"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/internal/decimal"
)

// A textBuffer is text on its way to a writer. There is room after its end, so that short
// pieces are copied in words, without a call and without a look at their length: text of a
// kernel is some million of them.
type textBuffer struct {
	w   io.Writer
	buf *[textRoom + textExcess]byte
	n   int   // bytes in use
	err error // of w
}

const (
	textRoom   = 1 << 16 // bytes that are written at a time
	textExcess = 1 << 11 // and what may be put in between two looks at whether it is full
)

func newTextBuffer(w io.Writer) textBuffer {
	return textBuffer{w: w, buf: new([textRoom + textExcess]byte)}
}

// flushFull writes what there is once it is worth a call.
func (b *textBuffer) flushFull() {
	if b.n >= textRoom {
		b.flush()
	}
}

func (b *textBuffer) flush() error {
	if b.err == nil {
		_, b.err = b.w.Write(b.buf[:b.n])
	}
	b.n = 0
	return b.err
}

// A piece is text that is put again and again.
type piece struct {
	text [pieceLen]byte
	n    int
}

const pieceLen = 64

// pieceOf panics if s is too long for a piece.
func pieceOf(s string) *piece {
	p := &piece{n: len(s)}
	copy(p.text[:len(s)], s)
	return p
}

func (b *textBuffer) put(p *piece) {
	to := b.buf[b.n : b.n+pieceLen]
	*(*[16]byte)(to[0:]) = *(*[16]byte)(p.text[0:])
	*(*[16]byte)(to[16:]) = *(*[16]byte)(p.text[16:])
	if p.n > 32 { // few are
		*(*[16]byte)(to[32:]) = *(*[16]byte)(p.text[32:])
		*(*[16]byte)(to[48:]) = *(*[16]byte)(p.text[48:])
	}
	b.n += p.n
}

// str puts a string of any length.
func (b *textBuffer) str(s string) {
	for len(s) > len(b.buf)-b.n-pieceLen {
		n := copy(b.buf[b.n:], s)
		b.n, s = b.n+n, s[n:]
		b.flush()
	}
	b.n += copy(b.buf[b.n:], s)
	b.flushFull()
}

// upToNUL puts the string at the beginning of text, which ends before a NUL byte.
func (b *textBuffer) upToNUL(text string) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	to := b.buf[b.n:max(b.n, len(b.buf)-textExcess/2)]
	at := 0
	for ; at <= len(text)-8 && at <= len(to)-8; at += 8 {
		from := text[at : at+8]
		v := uint64(from[0]) | uint64(from[1])<<8 | uint64(from[2])<<16 | uint64(from[3])<<24 |
			uint64(from[4])<<32 | uint64(from[5])<<40 | uint64(from[6])<<48 | uint64(from[7])<<56
		binary.LittleEndian.PutUint64(to[at:at+8], v)
		if zero := (v - ones) &^ v & highs; zero != 0 {
			b.n += at + bits.TrailingZeros64(zero)/8
			return
		}
	}
	b.n, text = b.n+at, text[at:]
	b.str(text[:strings.IndexByte(text, 0)])
}

// char puts one byte of ASCII.
func (b *textBuffer) char(c byte) {
	b.buf[b.n] = c
	b.n++
}

// uint puts a number in decimal.
func (b *textBuffer) uint(v uint32) {
	if v < 10 {
		b.char('0' + byte(v))
		return
	}
	text, n := decimal.Text(v)
	if n == 0 {
		b.n = len(strconv.AppendUint(b.buf[:b.n], uint64(v), 10))
		return
	}
	binary.LittleEndian.PutUint64(b.buf[b.n:b.n+8], text)
	b.n += n
}
