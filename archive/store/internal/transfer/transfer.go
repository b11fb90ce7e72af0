// Package transfer has the readers that stores are made of: they end with a context, and fail where there is not what was
// announced.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// CheckRange returns an error unless there can be n bytes from an offset on.
func CheckRange(off, n int64) error {
	if off < 0 || n < 0 || off+n < 0 {
		return fmt.Errorf("%d bytes from offset %d on are no range", n, off)
	}
	return nil
}

// WithContext returns a reader that ends with a context.
func WithContext(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Exactly returns a reader that fails unless r has size bytes: with io.ErrUnexpectedEOF if it has fewer.
func Exactly(r io.Reader, size int64) io.Reader { return &countReader{r: r, size: size, left: size} }

type countReader struct {
	r          io.Reader
	size, left int64
}

func (c *countReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if c.left == 0 { // is there more?
		var one [1]byte
		n, err := c.r.Read(one[:])
		if n > 0 {
			return 0, fmt.Errorf("there is more than the %d bytes that were announced", c.size)
		}
		return 0, err
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err == io.EOF && c.left > 0 {
		err = fmt.Errorf("%d of %d bytes: %w", c.size-c.left, c.size, io.ErrUnexpectedEOF)
	} else if err == io.EOF && n > 0 {
		err = nil // the next call says so
	}
	return n, err
}

// A Source is the reader of a Put, with the announced number of bytes. Its errors are [*SourceError].
type Source struct{ r io.Reader }

// NewSource checks the size as well, and whether the context is still good.
func NewSource(ctx context.Context, r io.Reader, size int64) (*Source, error) {
	if size < 0 {
		return nil, fmt.Errorf("%d is no size", size)
	}
	return &Source{Exactly(WithContext(ctx, r), size)}, ctx.Err()
}

func (s *Source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = &SourceError{err}
	}
	return n, err
}

// WriteTo is for outfile.
func (s *Source) WriteTo(dst io.Writer) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{s}, make([]byte, 256<<10))
}

// A SourceError is an error of the reader of a Put, not of the store.
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// IsSource reports whether an error is one of the reader of a Put.
func IsSource(err error) bool { return errors.As(err, new(*SourceError)) }

// An Object is what Get returns.
type Object struct {
	Reader  io.Reader
	Closer  io.Closer
	Explain func(error) error // says at which key an error was
}

func (o *Object) Read(p []byte) (int, error) {
	n, err := o.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = o.Explain(err)
	}
	return n, err
}

// Close closes what was opened.
func (o *Object) Close() error { return o.Closer.Close() }
