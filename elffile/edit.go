package elffile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/unpack"
)

// An edit makes a new ELF file of an old one: its first bytes, and then patches here and
// there.
type edit struct {
	name      string // of the old file
	old       io.ReaderAt
	file      *os.File // old, if it stands at its beginning and may be copied by the system; or nil
	keep, end int64    // bytes of the old file, and of the new one
	patches   []patch
	changes   bool // the new file is not the old one as it is
	compress  unpack.Format
	readBack  func(io.ReaderAt) error // checks the new file
}

// planEdit works out how a file of size bytes has to change to get the contents.
func planEdit(name string, old io.ReaderAt, size int64, contents []Content, opts *Options) (*edit, error) {
	f, err := parse(name, old, size)
	if err != nil {
		return nil, err
	}
	unsigned, err := f.unsignedSize()
	if err != nil {
		return nil, err
	}
	if unsigned < size {
		if !opts.DropSignature {
			return nil, &SignedError{File: name}
		}
		if f, err = parse(name, old, unsigned); err != nil {
			return nil, err
		}
	}
	l, patches, err := f.edit(contents, opts)
	if err != nil {
		return nil, err
	}
	e := &edit{name: name, old: old, keep: size, end: size, patches: patches, changes: l != nil, compress: opts.Compress}
	if l != nil {
		e.keep, e.end = int64(l.tail), int64(l.end)
	}
	e.readBack = func(r io.ReaderAt) error { return readBack(name, r, e.end, contents, opts) }
	return e, nil
}

// WriteTo writes the new file, piece by piece to a file and in one piece to anything else.
func (e *edit) WriteTo(w io.Writer) (int64, error) {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return e.end, e.writeFile(f)
		}
	}
	m, err := e.image()
	if err != nil {
		return 0, err
	}
	return e.compress.Compress(bytes.NewReader(m)).WriteTo(w)
}

// image returns the new file, which was read back.
func (e *edit) image() (image, error) {
	if err := memory.Need(uint64(e.end), "the new file"); err != nil {
		return nil, err
	}
	m := image(make([]byte, e.end))
	if err := e.fill(m); err != nil {
		return nil, err
	}
	return m, e.readBack(bytes.NewReader(m))
}

// writeFile writes the new file to an empty one, and reads it back.
func (e *edit) writeFile(dst *os.File) error {
	if e.compress != unpack.None {
		m, err := e.image()
		if err == nil {
			_, err = e.compress.Compress(bytes.NewReader(m)).WriteTo(dst)
		}
		if err == nil {
			err = samePacked(dst, m)
		}
		return err
	}
	if err := e.fillFile(dst); err != nil {
		return err
	}
	return e.readBack(dst)
}

func (e *edit) fill(dst io.WriterAt) error {
	if _, err := io.Copy(io.NewOffsetWriter(dst, 0), io.NewSectionReader(e.old, 0, e.keep)); err != nil {
		return err
	}
	return e.patch(dst)
}

// fillFile is fill for a file, which the system can copy faster.
func (e *edit) fillFile(dst *os.File) error {
	if e.file == nil {
		if err := e.fill(dst); err != nil {
			return err
		}
		return dst.Truncate(e.end)
	}
	if err := e.copyFile(dst); err != nil {
		return fmt.Errorf("%s: writing a copy: %w", e.name, err)
	}
	return nil
}

func (e *edit) copyFile(dst *os.File) error {
	if err := clone(dst, e.file); err == nil {
		if err := dst.Truncate(e.keep); err != nil {
			return err
		}
	} else if _, err := io.CopyN(dst, e.file, e.keep); err != nil { // inside of the kernel where that is possible
		return err
	}
	if err := e.patch(dst); err != nil {
		return err
	}
	return dst.Truncate(e.end)
}

func (e *edit) patch(dst io.WriterAt) error {
	for _, p := range e.patches {
		if err := p.apply(dst); err != nil {
			return err
		}
	}
	return nil
}

// An image is a file of a fixed size in memory.
type image []byte

func (m image) WriteAt(p []byte, off int64) (int, error) {
	if off > int64(len(m)) || copy(m[off:], p) < len(p) {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

var errPacked = errors.New("the compressed file does not give back what was put into it, so nothing was written")

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
