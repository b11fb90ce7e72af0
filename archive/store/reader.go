package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

// missing maps the error for a key below an object to fs.ErrNotExist: there is nothing either.
func missing(err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return fs.ErrNotExist
	}
	return err
}

func checkRange(off, n int64) error {
	if off < 0 || n < 0 || off+n < 0 {
		return fmt.Errorf("%d bytes from offset %d on are no range", n, off)
	}
	return nil
}

// An object is what Get returns.
type object struct {
	r     io.Reader
	close func() error
	fail  func(error) error // describes an error
}

func (o *object) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	if err != nil && err != io.EOF {
		err = o.fail(err)
	}
	return n, err
}

func (o *object) Close() error { return o.close() }

// A contextReader ends with its context.
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

// A countReader fails unless its reader has a number of bytes.
type countReader struct {
	r          io.Reader
	size, left int64
}

func exactly(r io.Reader, size int64) *countReader { return &countReader{r: r, size: size, left: size} }

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

// A sourceError is an error of the reader of a Put, not of the store.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// A source is the reader of a Put with the announced number of bytes.
type source struct{ r io.Reader }

func newSource(ctx context.Context, r io.Reader, size int64) (*source, error) {
	if size < 0 {
		return nil, fmt.Errorf("%d is no size", size)
	}
	return &source{exactly(&contextReader{ctx, r}, size)}, ctx.Err()
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = &sourceError{err}
	}
	return n, err
}

// WriteTo is for outfile.
func (s *source) WriteTo(dst io.Writer) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{s}, make([]byte, 256<<10))
}
