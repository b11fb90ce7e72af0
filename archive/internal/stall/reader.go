// Package stall notices servers that stop sending.
package stall

import (
	"io"
	"time"
)

// A Reader is a body that has to go on coming: each byte that comes starts Timer again.
type Reader struct {
	io.Reader
	Timer *time.Timer
	After time.Duration // how long nothing may come
}

func (r *Reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.Timer.Reset(r.After)
	}
	return n, err
}
