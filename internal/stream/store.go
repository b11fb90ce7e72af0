package stream

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/gopahole/gopahole/internal/memory"
)

const (
	// pieceSize is the size of a piece of a Store but the first, in bytes.
	pieceSize = 256 << 10

	// A Store packs nothing as long as it has at most maxGain bytes for each byte of the
	// compressed stream, plus freeGain. Files that are worth reading stay below that.
	maxGain  = 32
	freeGain = 4 << 20

	// kept is the number of pieces that stay unpacked after they were read. Sections are
	// read one after the other.
	kept = 4
)

// A Store is what a stream was unpacked to, in memory. It grows with what was read, not
// with what a header says. Pieces of a stream that was unpacked from next to nothing are
// packed again: a kilobyte of input cannot take a megabyte of memory. Once it is filled,
// its methods may be called from several goroutines.
type Store struct {
	what  string
	first []byte   // the beginning
	rest  [][]byte // pieces of pieceSize bytes; a shorter one is packed, unless it is the last
	size  int64
	plain int64 // bytes that are not packed

	mu     sync.Mutex // of the following
	coder  *zstd.Decoder
	recent [kept]unpacked
	next   int // of recent, to be used
}

// unpacked is a piece that was packed.
type unpacked struct {
	index int
	data  []byte // nil for none
}

// NewStore returns an empty store. what names the contents in errors. hint is the size
// that is expected, for which memory is taken at once.
func NewStore(what string, hint int64) (*Store, error) {
	first, err := memory.TryMake[byte](0, int(hint), what)
	if err != nil {
		return nil, err
	}
	return &Store{what: what, first: first}, nil
}

// A Source is a stream that a Store is filled from.
type Source struct {
	io.Reader
	// Spent returns how many bytes the stream was unpacked from so far, and is called after
	// each step; nil if the stream is not compressed.
	Spent func() int64
	// Enough, which may be nil, tells whether the rest is not wanted.
	Enough func(*Store) (bool, error)
}

// Fill reads a stream to its end, once. The error is that of the stream, of its Enough,
// or a *memory.Error.
func (s *Store) Fill(src Source) error {
	p := packer{spent: src.Spent}
	defer p.close()
	for {
		err := s.fillFirst(src)
		if len(s.first) == cap(s.first) && err == nil {
			err = s.fillPiece(src, &p)
		}
		if err == io.EOF {
			return nil
		}
		if err == nil {
			p.progress()
			err = memory.Err()
		}
		if err != nil {
			return err
		}
		if src.Enough != nil {
			if enough, err := src.Enough(s); enough || err != nil {
				return err
			}
		}
	}
}

// fillFirst reads the next bytes of the beginning.
func (s *Store) fillFirst(r io.Reader) error {
	free := s.first[len(s.first):cap(s.first)]
	n, err := readFull(r, free[:min(len(free), pieceSize)])
	s.first = s.first[:len(s.first)+n]
	s.size += int64(n)
	s.plain += int64(n)
	return err
}

// fillPiece reads the next piece after the beginning.
func (s *Store) fillPiece(r io.Reader, p *packer) error {
	if p.buf == nil {
		if err := memory.Need(pieceSize, s.what); err != nil {
			return err
		}
		p.buf = make([]byte, pieceSize)
	}
	n, err := readFull(r, p.buf)
	if err != nil && err != io.EOF || n == 0 {
		return err
	}
	s.size += int64(n)
	if n == pieceSize && p.wanted(s.plain) {
		packed, err := p.pack()
		if err != nil {
			return err
		}
		if packed != nil {
			s.rest = append(s.rest, packed)
			return nil
		}
	}
	s.rest = append(s.rest, p.buf[:n:n])
	s.plain += int64(n)
	p.buf = nil
	return err
}

// A packer packs the pieces of a Store.
type packer struct {
	spent   func() int64 // nil if the stream is not compressed
	input   int64        // what it returned, in bytes
	buf     []byte       // the piece, nil if there is none
	encoder *zstd.Encoder
}

// progress notes what the stream was unpacked from.
func (p *packer) progress() {
	if p.spent != nil {
		p.input = p.spent()
	}
}

// wanted reports whether the next piece should be packed, given how many bytes are not.
func (p *packer) wanted(plain int64) bool {
	p.progress()
	return p.spent != nil && plain+pieceSize > maxGain*p.input+freeGain
}

// pack returns the piece packed, or nil if that saves little.
func (p *packer) pack() (packed []byte, err error) {
	if p.encoder == nil {
		p.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
		if err != nil {
			return nil, err
		}
	}
	if packed = p.encoder.EncodeAll(p.buf, nil); len(packed) > pieceSize/4 {
		return nil, nil
	}
	return slices.Clip(slices.Clone(packed)), nil
}

func (p *packer) close() {
	if p.encoder != nil {
		p.encoder.Close()
	}
}

// readFull fills p. The error is io.EOF if the stream ends before, and not
// io.ErrUnexpectedEOF, as that is a decompressor's word for a damaged one.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for idle := 0; n < len(p) && err == nil; {
		var m int
		if m, err = r.Read(p[n:]); m == 0 && err == nil {
			if idle++; idle == 100 {
				err = io.ErrNoProgress
			}
		}
		n += m
	}
	if n == len(p) && err == io.EOF {
		err = nil // comes again
	}
	return n, err
}

// Size returns the number of bytes that the store has.
func (s *Store) Size() int64 { return s.size }

// Bytes returns the contents as one slice if they are in one, else nil.
func (s *Store) Bytes() []byte {
	if len(s.rest) == 0 {
		return s.first
	}
	return nil
}

// ReadAt implements io.ReaderAt.
func (s *Store) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	for n < len(p) && off < s.size {
		var part []byte
		if off < int64(len(s.first)) {
			part = s.first[off:]
			m := copy(p[n:], part)
			n, off = n+m, off+int64(m)
			continue
		}
		rest := off - int64(len(s.first))
		m, err := s.readPiece(p[n:], int(rest/pieceSize), int(rest%pieceSize))
		if err != nil {
			return n, err
		}
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// readPiece copies what one piece has from an offset on.
func (s *Store) readPiece(p []byte, index, off int) (int, error) {
	piece := s.rest[index]
	if size := int(min(pieceSize, s.size-int64(len(s.first))-int64(index)*pieceSize)); len(piece) == size {
		return copy(p, piece[off:]), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.recent {
		if r := &s.recent[i]; r.index == index && r.data != nil {
			return copy(p, r.data[off:]), nil
		}
	}
	if s.coder == nil {
		var err error
		if s.coder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err != nil {
			return 0, err
		}
	}
	r := &s.recent[s.next]
	s.next = (s.next + 1) % kept
	data, err := s.coder.DecodeAll(piece, r.data[:0])
	if err != nil || len(data) != pieceSize {
		r.data = nil
		return 0, fmt.Errorf("a piece in memory was damaged: %v", err)
	}
	*r = unpacked{index, data}
	return copy(p, data[off:]), nil
}
