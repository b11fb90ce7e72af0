package elffile

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/unpack"
)

// Options change what SetSections agrees to do. The zero value is the careful
// choice everywhere.
type Options struct {
	// DropSignature removes the signature from a signed module instead of
	// refusing to change it.
	DropSignature bool

	// ShrinkLoaded lets a section in a segment get less data than it has. The
	// section header then gives the new size and zeros follow, but a program
	// that has the old end compiled in does not know: a kernel reads from
	// __start_BTF to __stop_BTF and refuses BTF with anything behind it.
	ShrinkLoaded bool

	// MoveLoaded takes a section out of its segment when its new data has another
	// size: it becomes one that is not loaded, behind the others, and the segment
	// keeps the old bytes. Tools that look for a section by name find the new
	// data, a program that is started from the file does not.
	MoveLoaded bool

	// NoSync leaves it to the system when the new file reaches the disk. A power
	// loss soon after may then leave neither the old nor the new contents.
	NoSync bool

	// Compress is how a copy is compressed, the zero value is not at all. A file that is
	// changed stays as it is in this.
	Compress unpack.Format

	// Opened is the file as it was when the caller opened it to find out what to
	// write (File.Opened). Another one is left alone with an *outfile.ChangedError.
	Opened *outfile.State

	// Check is called at the beginning and at the last moment before the file is put in
	// place; its error ends that.
	Check func() error

	// ReadBack reads the new file, before it is put in place, as others will who look
	// for the contents; its error ends that. Sections are read back in any case.
	ReadBack func(r io.ReaderAt, size int64) error
}

func (o *Options) output() outfile.Options { return outfile.Options{NoSync: o.NoSync, Check: o.Check} }

// SetSections adds, replaces or removes sections of the ELF file at path, which may be
// compressed, and stays so. What the package comment says about layout holds. The file is replaced at once and
// completely, or on an error not at all; a symbolic link is followed. Mode, owner
// and extended attributes are kept, the last two as far as the system allows.
//
// Errors a caller may act on: *NotELFError, *FormatError, *SignedError,
// *LoadedError, *ReadBackError, outfile.ErrReadOnly, *outfile.ChangedError and those of package io/fs.
func SetSections(path string, contents []Content, opts Options) error {
	if opts.Check != nil { // not to find out other things about another file
		if err := opts.Check(); err != nil {
			return err
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := regular(path, info); err != nil {
		return err
	}
	return outfile.Rewrite(path, opts.Opened, func(old *os.File, info fs.FileInfo) (func(*os.File) error, error) {
		unpacked, err := unpack.Compressed(old)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if unpacked != nil {
			opts.Compress = unpacked.Format
			c, err := planCopy(path, unpacked, unpacked.Size(), contents, opts)
			if err != nil || !c.changed {
				return nil, err
			}
			return c.writeFile, nil
		}
		l, patches, err := planFile(path, old, info.Size(), contents, opts)
		if err != nil || l == nil {
			return nil, err
		}
		return func(dst *os.File) error {
			if err := fill(dst, old, l, patches); err != nil {
				return fmt.Errorf("%s: writing a copy: %w", path, err)
			}
			return readBack(path, dst, int64(l.end), contents, &opts)
		}, nil
	}, opts.output())
}

// planFile works out the new file. The layout is nil if nothing has to change.
func planFile(path string, r io.ReaderAt, size int64, contents []Content, opts Options) (*layout, []patch, error) {
	f, err := parse(path, r, size)
	if err != nil {
		return nil, nil, err
	}
	unsigned, err := f.unsignedSize()
	if err != nil {
		return nil, nil, err
	}
	if unsigned < size {
		if !opts.DropSignature {
			return nil, nil, &SignedError{File: path}
		}
		if f, err = parse(path, r, unsigned); err != nil {
			return nil, nil, err
		}
	}
	return f.edit(contents, opts)
}

// fill writes the new file: the part of the old one that is kept, then patches.
func fill(dst, src *os.File, l *layout, patches []patch) error {
	keep := int64(l.tail)
	if err := clone(dst, src); err == nil {
		if err := dst.Truncate(keep); err != nil {
			return err
		}
	} else if _, err := io.CopyN(dst, src, keep); err != nil { // copies inside the kernel where that is possible
		return err
	}
	for _, p := range patches {
		if err := p.apply(dst); err != nil {
			return err
		}
	}
	return dst.Truncate(int64(l.end))
}

func (p patch) apply(w io.WriterAt) error {
	if p.data != nil {
		_, err := w.WriteAt(p.data, int64(p.off))
		return err
	}
	zeros := make([]byte, min(p.zero, 1<<20))
	for done := uint64(0); done < p.zero; {
		n, err := w.WriteAt(zeros[:min(p.zero-done, uint64(len(zeros)))], int64(p.off+done))
		if err != nil {
			return err
		}
		done += uint64(n)
	}
	return nil
}
