package serve

import (
	"context"
	"errors"
	"io"

	"github.com/gopahole/gopahole/archive/store"
)

// An object reads an object of a store, from where it is asked to.
type object struct {
	ctx  context.Context
	st   store.Store
	key  string
	size int64

	off int64
	in  io.ReadCloser // from off on; nil if it is not open
}

var errWhence = errors.New("seeking to a place that does not exist")

func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.off
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, errWhence
	}
	if offset != o.off {
		o.close()
		o.off = offset
	}
	return offset, nil
}

func (o *object) Read(p []byte) (int, error) {
	if o.off >= o.size {
		return 0, io.EOF
	}
	if o.in == nil {
		var err error
		if o.in, err = o.st.GetRange(o.ctx, o.key, o.off, o.size-o.off); err != nil {
			return 0, err
		}
	}
	n, err := o.in.Read(p)
	o.off += int64(n)
	return n, err
}

func (o *object) close() {
	if o.in != nil {
		o.in.Close()
		o.in = nil
	}
}
