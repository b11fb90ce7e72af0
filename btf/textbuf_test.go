package btf

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestTextBuffer puts pieces of all lengths, so often that the buffer is written many times,
// and in each place of it.
func TestTextBuffer(t *testing.T) {
	var got, want bytes.Buffer
	b := newTextBuffer(&got)
	numbers := []uint32{0, 9, 10, 99, 100, 999, 1000, 9999, 10000, 99999, 100000, 999999, 1000000, 9999999, 10000000, 99999999, 100000000, 999999999, 1000000000, math.MaxUint32}
	for i := range 3000 {
		s := strings.Repeat("x", i%(pieceLen+1))
		b.put(pieceOf(s))
		b.upToNUL(s + "\x00rest")
		b.upToNUL(s + "\x00")
		v := numbers[i%len(numbers)]
		b.uint(v)
		b.str("-")
		fmt.Fprintf(&want, "%s%s%s%d-", s, s, s, v)
		if i%1000 == 7 {
			long := strings.Repeat("0123456789", 20000)
			b.upToNUL(long + "\x00")
			b.str(long)
			want.WriteString(long + long)
		}
		b.flushFull()
	}
	if err := b.flush(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%d bytes, want %d, or they differ", got.Len(), want.Len())
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestTextBufferError(t *testing.T) {
	b := newTextBuffer(failing{})
	b.str(strings.Repeat("x", 3*textRoom))
	if b.err == nil || b.flush() == nil {
		t.Error("the error of the writer is lost")
	}
}

func TestIsPlainText(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			text := []byte(strings.Repeat("abc\x00 ~!", 3))
			text[at] = byte(c)
			plain := c == 0 || isPlainJSON(string([]byte{byte(c)}))
			if got := isPlainText(string(text)); got != plain {
				t.Fatalf("byte %#x at %d: %v, want %v", c, at, got, plain)
			}
		}
	}
}
