package elfio

import (
	"bytes"
	"io"
	"os"

	"github.com/gopahole/gopahole/internal/outfile"
)

// WriteCopy writes a copy of the ELF file in r, which has size bytes and is
// called name in errors, with sections set as by SetSections. The copy goes to
// path as by outfile.Write, and r is only read. Errors are those of both.
func WriteCopy(path, name string, r io.ReaderAt, size int64, contents []Content, opts Options) error {
	l, patches, err := planFile(name, r, size, contents, opts)
	if err != nil {
		return err
	}
	c := &editedCopy{r: r, keep: size, end: size, patches: patches}
	c.readBack = func(r io.ReaderAt) error { return readBack(name, r, c.end, contents, &opts) }
	if l != nil {
		c.keep, c.end = int64(l.tail), int64(l.end)
	}
	return outfile.Write(path, c, opts.output())
}

// editedCopy is a new ELF file: the first bytes of r, then patches, here and
// there.
type editedCopy struct {
	r         io.ReaderAt
	keep, end int64
	patches   []patch
	readBack  func(io.ReaderAt) error
}

// WriteTo writes to a file piece by piece, and to anything else in one piece.
func (c *editedCopy) WriteTo(w io.Writer) (int64, error) {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return c.end, c.writeFile(f)
		}
	}
	m := image(make([]byte, c.end))
	if err := c.fill(m); err != nil {
		return 0, err
	}
	if err := c.readBack(bytes.NewReader(m)); err != nil {
		return 0, err
	}
	n, err := w.Write(m)
	return int64(n), err
}

func (c *editedCopy) writeFile(f *os.File) error {
	if err := c.fill(f); err != nil {
		return err
	}
	if err := f.Truncate(c.end); err != nil {
		return err
	}
	return c.readBack(f)
}

func (c *editedCopy) fill(w io.WriterAt) error {
	if _, err := io.Copy(io.NewOffsetWriter(w, 0), io.NewSectionReader(c.r, 0, c.keep)); err != nil {
		return err
	}
	for _, p := range c.patches {
		if err := p.apply(w); err != nil {
			return err
		}
	}
	return nil
}

// image is a file of a fixed size.
type image []byte

func (m image) WriteAt(p []byte, off int64) (int, error) {
	if off > int64(len(m)) || copy(m[off:], p) < len(p) {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}
