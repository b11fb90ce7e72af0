package elffile

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/gopahole/gopahole/internal/memlimit"
	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/unpack"
)

// WriteCopy writes a copy of the ELF file in r, which has size bytes and is
// called name in errors, with sections set as by SetSections. The copy goes to
// path as by outfile.Write, and r is only read. Errors are those of both.
func WriteCopy(path, name string, r io.ReaderAt, size int64, contents []Content, opts Options) error {
	c, err := planCopy(name, r, size, contents, opts)
	if err != nil {
		return err
	}
	return outfile.Write(path, c, opts.output())
}

// editedCopy is a new ELF file: the first bytes of r, then patches, here and
// there.
type editedCopy struct {
	r         io.ReaderAt
	keep, end int64
	patches   []patch
	changed   bool // it is not r as it is
	compress  unpack.Format
	readBack  func(io.ReaderAt) error
}

func planCopy(name string, r io.ReaderAt, size int64, contents []Content, opts Options) (*editedCopy, error) {
	l, patches, err := planFile(name, r, size, contents, opts)
	if err != nil {
		return nil, err
	}
	c := &editedCopy{r: r, keep: size, end: size, patches: patches, changed: l != nil, compress: opts.Compress}
	c.readBack = func(r io.ReaderAt) error { return readBack(name, r, c.end, contents, &opts) }
	if l != nil {
		c.keep, c.end = int64(l.tail), int64(l.end)
	}
	return c, nil
}

// WriteTo writes to a file piece by piece, and to anything else in one piece.
func (c *editedCopy) WriteTo(w io.Writer) (int64, error) {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return c.end, c.writeFile(f)
		}
	}
	m, err := c.image()
	if err != nil {
		return 0, err
	}
	if c.compress != unpack.None {
		_, err := c.compress.Compress(bytes.NewReader(m)).WriteTo(w)
		return c.end, err
	}
	n, err := w.Write(m)
	return int64(n), err
}

// image returns the new file, read back.
func (c *editedCopy) image() (image, error) {
	if err := memlimit.Need(uint64(c.end), "the new file"); err != nil {
		return nil, err
	}
	m := image(make([]byte, c.end))
	if err := c.fill(m); err != nil {
		return nil, err
	}
	return m, c.readBack(bytes.NewReader(m))
}

func (c *editedCopy) writeFile(f *os.File) error {
	if c.compress != unpack.None {
		m, err := c.image()
		if err == nil {
			_, err = c.compress.Compress(bytes.NewReader(m)).WriteTo(f)
		}
		if err == nil {
			err = samePacked(f, m)
		}
		return err
	}
	if err := c.fill(f); err != nil {
		return err
	}
	if err := f.Truncate(c.end); err != nil {
		return err
	}
	return c.readBack(f)
}

// samePacked checks that a compressed file gives back what was put into it.
func samePacked(f *os.File, m image) error {
	unpacked, err := unpack.Compressed(f)
	if err != nil {
		return err
	}
	if unpacked == nil || unpacked.Size() != int64(len(m)) {
		return errPacked
	}
	buf := make([]byte, min(len(m), 1<<20))
	for off := 0; off < len(m); off += len(buf) {
		part := buf[:min(len(buf), len(m)-off)]
		if _, err := unpacked.ReadAt(part, int64(off)); err != nil && err != io.EOF || !bytes.Equal(part, m[off:off+len(part)]) {
			return errPacked
		}
	}
	return nil
}

var errPacked = errors.New("the compressed file does not give back what was put into it, so nothing was written")

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
