package outfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Plan looks at the old file and returns what writes the new one to dst, an empty file;
// nil if the old file is to stay as it is. fill may read back what it wrote.
type Plan func(old *os.File, info fs.FileInfo) (fill func(dst *os.File) error, err error)

// Rewrite makes a new file of the one at path, and puts it in its place, at once and
// completely, or on an error not at all. A symbolic link is followed. Mode, owner and
// extended attributes are kept, the last two as far as the system allows.
//
// opened is the state of the file when the caller opened it to find out what to write, nil
// if it did not. A file that has changed since is left alone with a *[ChangedError]. A
// file without write permission is refused with [ErrReadOnly]. Errors of plan and of what
// it returns come back as they are.
func Rewrite(path string, opened *State, plan Plan, opts Options) error {
	// Links were followed by the kernel when the file was opened. What they lead to
	// now has to be that file.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err != nil {
		return err
	}
	if there.Mode().IsRegular() && there.Mode().Perm()&0o222 == 0 {
		return &fs.PathError{Op: "rewrite", Path: path, Err: ErrReadOnly}
	}
	old, err := os.OpenFile(target, os.O_RDWR, 0) // for writing, only to see that it may be written
	if err != nil {
		return err
	}
	defer old.Close()
	info, err := old.Stat()
	if err != nil {
		return err
	}
	if opened == nil {
		opened = &State{path, there}
	}
	if err := opened.compare(info); err != nil {
		return err
	}
	sweep(filepath.Dir(target))
	fill, err := plan(old, info)
	if err != nil || fill == nil {
		return err
	}
	tmp, err := newTemp(target, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer tmp.discard()
	if err := fill(tmp.File); err != nil {
		return err
	}
	copyAttributes(tmp.File, old, info)
	if !opts.NoSync {
		if err := tmp.Sync(); err != nil {
			return fmt.Errorf("%s: writing a copy: %w", path, err)
		}
	}
	if !renamesOpenFiles {
		old.Close()
	}
	err = commit(func() error {
		if err := opts.check(); err != nil {
			return err
		}
		if err := opened.check(target); err != nil {
			return err
		}
		if err := tmp.replace(); err != nil {
			return err
		}
		count()
		return nil
	})
	if err == nil && !opts.NoSync {
		syncDir(filepath.Dir(target))
	}
	return err
}
