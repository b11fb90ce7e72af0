package elffile

import (
	"bytes"
	"fmt"
	"io"
)

// A ReadBackError says that a new file does not give back what was put into it. The old
// file was not replaced.
type ReadBackError struct {
	File string
	Err  error
}

func (e *ReadBackError) Error() string {
	return fmt.Sprintf("%s: the headers of the file keep what would be written from being read back, "+
		"so nothing was written: %v", e.File, e.Err)
}

func (e *ReadBackError) Unwrap() error { return e.Err }

// readBack reads a new file of size bytes before it is put in place: as any reader does,
// and as the caller asks for.
func readBack(name string, r io.ReaderAt, size int64, contents []Content, opts *Options) error {
	err := readContents(name, r, size, contents)
	if err == nil && opts.ReadBack != nil {
		err = opts.ReadBack(r, size)
	}
	if err != nil {
		return &ReadBackError{name, err}
	}
	return nil
}

func readContents(name string, r io.ReaderAt, size int64, contents []Content) error {
	f, err := parse(name, r, size)
	if err != nil {
		return err
	}
	for _, c := range contents {
		s := f.Section(c.Name)
		if s == nil && c.Data == nil {
			continue
		}
		if s == nil || c.Data == nil || s.FileSize != uint64(len(c.Data)) {
			return f.formatf(0, "section %s is not what it should be", c.Name)
		}
		same, err := f.holds(s.Offset, c.Data)
		if err != nil {
			return err
		}
		if !same {
			return f.sectionf(s, 0, "the section has other contents")
		}
	}
	return nil
}

// holds reports whether the file has the data at an offset.
func (f *File) holds(off uint64, data []byte) (bool, error) {
	buf := make([]byte, min(len(data), 128<<10))
	for len(data) > 0 {
		n := min(len(data), len(buf))
		if err := f.readAt(buf[:n], off); err != nil {
			return false, err
		}
		if !bytes.Equal(buf[:n], data[:n]) {
			return false, nil
		}
		data, off = data[n:], off+uint64(n)
	}
	return true, nil
}
