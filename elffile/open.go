package elffile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/pagecache"
	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/unpack"
)

// Open opens an ELF file, which may be compressed as a whole (.ko.xz, .ko.zst, .ko.gz).
// The caller closes it. A missing file gives the error of package os, what is no ELF file
// a *[NotELFError], a damaged one a *[FormatError].
//
// For a pipe, or the vmlinux in a boot image, use [unpack.Open] and [New].
func Open(name string) (*File, error) {
	// Opening a pipe would wait for its writer: look first.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := regular(name, info); err != nil {
		return nil, err
	}
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	memory.AddFile(info)
	f, err := newFromFile(name, r)
	if err != nil {
		r.Close()
		return nil, err
	}
	f.closer = r
	return f, nil
}

func newFromFile(name string, r *os.File) (*File, error) {
	info, err := r.Stat()
	if err != nil {
		return nil, err
	}
	if err := regular(name, info); err != nil {
		return nil, err
	}
	f, err := New(name, pagecache.NewReader(r), info.Size())
	if errors.As(err, new(*NotELFError)) {
		if unpacked, packedErr := unpack.Compressed(r); packedErr != nil {
			return nil, fmt.Errorf("%s: %w", name, packedErr)
		} else if unpacked != nil {
			f, err = New(name, unpacked, unpacked.Size())
		}
	}
	if err == nil {
		f.opened = outfile.StateOf(name, info)
	}
	return f, err
}

// regular returns an error for what is no regular file.
func regular(name string, info fs.FileInfo) error {
	reason := ""
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		reason = "is a directory"
	case mode&fs.ModeNamedPipe != 0:
		reason = "is a named pipe"
	case mode&fs.ModeSocket != 0:
		reason = "is a socket"
	case mode&fs.ModeDevice != 0:
		reason = "is a device"
	default:
		reason = "is not a regular file"
	}
	return &NotELFError{File: name, Reason: reason}
}
