package source

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Limits bound what an input can ask for. The zero value is [DefaultLimits].
type Limits struct {
	// Ratio and Free bound what a compressed stream may unpack to: Ratio bytes for each byte
	// of it, and Free bytes more. A package of a kernel unpacks to five to ten times its size.
	Ratio, Free int64
	// Member is the size of a member in bytes.
	Member int64
	// Members is the number of entries of an archive, those that do not matter included.
	Members int
	// Depth is how deep archives may be in archives.
	Depth int
}

// DefaultLimits are far above what any distribution ships.
var DefaultLimits = Limits{Ratio: 200, Free: 1 << 30, Member: 16 << 30, Members: 1 << 20, Depth: 4}

func (l Limits) orDefault() Limits {
	if l == (Limits{}) {
		return DefaultLimits
	}
	return l
}

// A LimitError says that an input asks for more than [Limits] allow.
type LimitError struct{ What string }

func (e *LimitError) Error() string { return e.What + ": refused, as no package of a kernel does so" }

// errTruncated says that a file or an archive ends too early.
var errTruncated = errors.New("truncated: it ends in the middle")

// truncated is the error for an archive that ended with err before it was complete.
func truncated(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return err
}

// A counted reader counts what was read of a stream.
type counted struct {
	r io.Reader
	n atomic.Int64 // another goroutine may read
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// A bounded reader is what a compressed stream unpacks to, or a file with holes in an archive. It stays at its first
// error: who has read a member may have met it, and who asks for the next one has to meet it again.
type bounded struct {
	r      io.Reader
	packed *counted
	n      int64
	limits Limits
	err    error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.n += int64(n)
	if b.n > b.limits.Free && (b.n-b.limits.Free)/b.limits.Ratio > b.packed.n.Load() {
		err = &LimitError{fmt.Sprintf("%d bytes unpack to more than %d", b.packed.n.Load(), b.n)}
	}
	b.err = err
	return n, err
}
