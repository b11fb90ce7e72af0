package elffile

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/unpack"
)

// SetSections adds, replaces or removes sections of the ELF file at path. A file that is
// compressed as a whole stays so. The package comment says what becomes of the rest of
// the file. A symbolic link is followed. Mode, owner and extended attributes are kept,
// the last two as far as the system allows.
//
// After an error the file is as it was. Errors that a caller may act on: *[NotELFError],
// *[FormatError], *[SignedError], *[LoadedError], *[ReadBackError],
// [outfile.ErrReadOnly], *[outfile.ChangedError] and those of package io/fs.
func SetSections(path string, contents []Content, opts Options) error {
	if opts.Check != nil { // before anything is said about a file that is the wrong one
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
		e, err := planSet(path, old, info.Size(), contents, opts)
		if err != nil || !e.changes {
			return nil, err
		}
		return e.writeFile, nil
	}, opts.output())
}

// planSet works out how an open file, which may be compressed, has to change.
func planSet(path string, old *os.File, size int64, contents []Content, opts Options) (*edit, error) {
	unpacked, err := unpack.Compressed(old)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if unpacked != nil {
		opts.Compress = unpacked.Format
		return planEdit(path, unpacked, unpacked.Size(), contents, &opts)
	}
	opts.Compress = unpack.None
	e, err := planEdit(path, old, size, contents, &opts)
	if err == nil {
		e.file = old
	}
	return e, err
}
