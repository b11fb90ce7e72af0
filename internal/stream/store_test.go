package stream

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// TestStore: whatever is packed, what was written is read, at any place.
func TestStore(t *testing.T) {
	rng := rand.NewChaCha8([32]byte{1})
	random := make([]byte, 3*pieceSize)
	rng.Read(random)
	zeros := make([]byte, 40*pieceSize)
	for _, c := range []struct {
		name     string
		contents []byte
		hint     int64
		spent    func() int64 // nil: not compressed
		packed   bool
	}{
		{"empty", nil, 0, nil, false},
		{"all in the first piece", random[:1000], 1000, nil, false},
		{"one byte more than the hint", random[:1001], 1000, nil, false},
		{"pieces", random, 0, nil, false},
		{"zeros of a file that is not compressed", zeros, 0, nil, false},
		{"zeros of much", zeros, 0, func() int64 { return 1 << 30 }, false},
		{"zeros of nothing", zeros, 0, func() int64 { return 0 }, true},
		{"zeros of nothing, the last piece short", zeros[:len(zeros)-5], 0, func() int64 { return 0 }, true},
		{"zeros after a beginning", append(bytes.Clone(random), zeros...), pieceSize + 3, func() int64 { return 0 }, true},
		{"what cannot be packed", bytes.Repeat(random, 8), 0, func() int64 { return 0 }, false},
	} {
		s, err := NewStore("x", c.hint)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Fill(Source{Reader: bytes.NewReader(c.contents), Spent: c.spent}); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		held := len(s.first)
		for _, piece := range s.rest {
			held += len(piece)
		}
		if c.packed != (held < len(c.contents)/2) && len(c.contents) > 0 {
			t.Errorf("%s: %d bytes are held of %d", c.name, held, len(c.contents))
		}
		got, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size()))
		if err != nil || !bytes.Equal(got, c.contents) {
			t.Errorf("%s: %d bytes of %d, %v", c.name, len(got), len(c.contents), err)
		}
		for i := range 200 {
			off := rng.Uint64() % uint64(len(c.contents)+1)
			p := make([]byte, rng.Uint64()%(2*pieceSize))
			n, err := s.ReadAt(p, int64(off))
			want := c.contents[off:][:min(len(p), len(c.contents)-int(off))]
			if !bytes.Equal(p[:n], want) || (err == io.EOF) != (n < len(p)) {
				t.Fatalf("%s, reading %d: %d bytes at %d: %d, %v", c.name, i, len(p), off, n, err)
			}
		}
	}
}

// TestStoreErrors: an error of the stream is not its end, whatever it is called.
func TestStoreErrors(t *testing.T) {
	for _, hint := range []int64{0, 10, 1000} {
		for _, want := range []error{io.ErrUnexpectedEOF, errors.New("damaged")} {
			s, err := NewStore("x", hint)
			if err != nil {
				t.Fatal(err)
			}
			r := io.MultiReader(bytes.NewReader(make([]byte, 100)), failing{want})
			if err := s.Fill(Source{Reader: r}); err != want {
				t.Errorf("hint %d: %v instead of %v", hint, err, want)
			}
		}
	}
	s, _ := NewStore("x", 0)
	if err := s.Fill(Source{Reader: failing{}}); err != io.ErrNoProgress {
		t.Errorf("a stream that gives nothing: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
