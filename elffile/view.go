package elffile

import (
	"fmt"
	"io"
)

// WithData returns a file that reads like f, but with other data in the section s. They
// must have the size of the old ones, and s must not be compressed. f has to stay open; the
// result need not be closed.
func (f *File) WithData(s *Section, data []byte) (*File, error) {
	if !s.HasData() || s.Compressed() || uint64(len(data)) != s.FileSize {
		return nil, fmt.Errorf("%s: %s: %d bytes cannot stand for %d", f.Name, s.Name, len(data), s.FileSize)
	}
	view := *f
	view.closer, view.whole = nil, nil
	view.r = &overlay{f.r, data, int64(s.Offset)}
	return &view, nil
}

// An overlay is a reader with other bytes at one place.
type overlay struct {
	io.ReaderAt
	data []byte
	off  int64
}

func (o *overlay) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.ReaderAt.ReadAt(p, off)
	p = p[:n]
	switch end := o.off + int64(len(o.data)); {
	case off >= end || off+int64(n) <= o.off:
	case off < o.off:
		copy(p[o.off-off:], o.data)
	default:
		copy(p, o.data[off-o.off:])
	}
	return n, err
}
