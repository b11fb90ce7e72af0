package source

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"

	"github.com/cavaliergopher/cpio"
)

// An entry is a regular file in an archive. It is read before the next one is asked for.
type entry struct {
	name     string
	size     int64
	modified int64 // in seconds since 1970
	r        io.Reader
}

// entries reads an archive of files from a stream: tar or cpio, by its contents, or that of an rpm package with a header.
// It calls yield for each regular file, until that returns false. The error is nil at a proper end.
func entries(s *stream, header *rpmHeader, limits Limits, yield func(entry) bool) error {
	start, err := s.Peek(512)
	if err != nil && err != io.EOF {
		return truncated(err)
	}
	switch {
	case isTar(start):
		return tarEntries(s, limits, yield)
	case isCPIO(start):
		return cpioEntries(s, limits, yield)
	case header != nil && bytes.HasPrefix(start, []byte(strippedMagic)):
		files, err := header.files(limits)
		if err != nil {
			return err
		}
		return strippedEntries(s, files, limits, yield)
	case len(start) == 0:
		return errTruncated
	case bytes.HasPrefix(start, []byte(elf.ELFMAG)):
		return errELF
	}
	return errNoArchive
}

// errNoArchive is about contents of no format that is known.
var errNoArchive = errors.New("no package: neither deb nor rpm, and no archive of tar or cpio in it")

// errELF is errNoArchive of the file of a kernel, which somebody meant.
var errELF = fmt.Errorf("%w; it is an ELF file: the files of a kernel are given by their directory", errNoArchive)

func isTar(start []byte) bool {
	if len(start) < 512 {
		return false
	}
	if string(start[257:262]) == "ustar" {
		return true
	}
	return bytes.Count(start, []byte{0}) == len(start) // an empty archive
}

func isCPIO(start []byte) bool {
	return bytes.HasPrefix(start, []byte("070701")) || bytes.HasPrefix(start, []byte("070702"))
}

func tooMany(n int, limits Limits) error {
	if n < limits.Members {
		return nil
	}
	return &LimitError{fmt.Sprintf("more than %d files", limits.Members)}
}

func tarEntries(s *stream, limits Limits, yield func(entry) bool) error {
	in := &counted{r: s}
	t := tar.NewReader(in)
	for n := 0; ; n++ {
		h, err := t.Next()
		if err == io.EOF {
			return drain(s)
		}
		if err != nil {
			return fmt.Errorf("tar: %w", truncated(err))
		}
		if err := tooMany(n, limits); err != nil {
			return err
		}
		// A file with holes may be larger than all of the archive.
		if (h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeGNUSparse) && !yield(entry{cleanName(h.Name), h.Size, h.ModTime.Unix(), &bounded{r: t, packed: in, limits: limits}}) {
			return nil
		}
	}
}

func cpioEntries(s *stream, limits Limits, yield func(entry) bool) error {
	in := &counted{r: s}
	c := cpio.NewReader(in)
	for n := 0; ; n++ {
		before := in.n.Load()
		h, err := c.Next()
		if err == io.EOF {
			// Package cpio has the same error for the trailer, which is an entry, and for an end in between.
			if in.n.Load()-before < cpioHeader {
				return errTruncated
			}
			return drain(s)
		}
		if err != nil {
			return fmt.Errorf("cpio: %w", truncated(err))
		}
		if err := tooMany(n, limits); err != nil {
			return err
		}
		start := in.n.Load()
		// Of hard links the last one has the contents.
		if h.Mode&cpio.ModeType == cpio.TypeReg && h.Size > 0 && !yield(entry{cleanName(h.Name), h.Size, h.ModTime.Unix(), c}) {
			return nil
		}
		if _, err := io.Copy(io.Discard, c); err != nil {
			return truncated(err)
		}
		if in.n.Load()-start < h.Size {
			return errTruncated
		}
	}
}

// cpioHeader is the size of the header of an entry in bytes.
const cpioHeader = 110

// drain reads a compressed stream to its end, so that its check sums are looked at.
func drain(s *stream) error {
	if s.codec == nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, s); err != nil {
		return truncated(err)
	}
	return nil
}
