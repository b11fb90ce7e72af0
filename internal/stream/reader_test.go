package stream

import (
	"errors"
	"io"
	"testing"
)

// TestIdle: a compressed stream that produces nothing has an end.
func TestIdle(t *testing.T) {
	in := packed(endless{})
	if n, err := io.Copy(io.Discard, in); !errors.Is(err, errIdle) || n > maxIdle+2*bufferSize {
		t.Errorf("%d bytes, %v", n, err)
	}
	in = packed(io.LimitReader(endless{}, 2*maxIdle))
	for range 4 {
		if _, err := io.CopyN(io.Discard, in, maxIdle/2); err != nil {
			t.Fatal(err)
		}
		in.Spent()
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func packed(r io.Reader) *Reader {
	in := NewReader(r)
	in.SetPacked()
	return in
}
