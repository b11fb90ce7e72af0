package elfio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// newFileMode is the mode of a new output file before the umask (pahole 1.32:
// --btf_encode_detached).
const newFileMode fs.FileMode = 0o640

// WriteFile writes src to the file at path, which appears or changes at once and
// completely, or on an error not at all. A symbolic link is followed; an existing
// file keeps mode, owner and extended attributes, the last two as far as the
// system allows. Of opts NoSync and KeepInode apply. A file without write
// permission is refused with ErrReadOnly.
//
// What is no regular file (a pipe, /dev/stdout, whatever that leads to) is written
// directly, and so is an existing file whose directory lets nothing be created; if
// writing to a file fails then, it is left empty. A mount point is written over
// when the contents are complete.
func WriteFile(path string, src io.WriterTo, opts Options) error {
	target, direct, err := outputTarget(path)
	if err != nil {
		return err
	}
	if direct {
		return writeDirectly(path, target, src)
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return writeNew(path, target, src, opts)
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return writeDirectly(path, target, src)
	case info.Mode().Perm()&0o222 == 0:
		return &fs.PathError{Op: "write", Path: path, Err: ErrReadOnly}
	}
	return writeOver(path, target, src, opts)
}

// outputTarget follows symbolic links as far as the last element of a path can
// be one, without asking that the end exists. Links to open files (/dev/stdout)
// look like links to a path but are not: renaming a file to it would leave the
// open one as it was, so these are written directly.
func outputTarget(path string) (target string, direct bool, err error) {
	target = path
	for range 40 {
		abs, err := filepath.Abs(target)
		if err != nil {
			return "", false, err
		}
		if strings.HasPrefix(abs, "/proc/") || strings.HasPrefix(abs, "/dev/fd/") {
			return target, true, nil
		}
		next, err := os.Readlink(target)
		if err != nil {
			return target, false, nil // no link, or nothing there yet
		}
		if !filepath.IsAbs(next) {
			// Not Join, which would shorten "link/..".
			next = filepath.Dir(target) + string(filepath.Separator) + next
		}
		target = next
	}
	return "", false, &fs.PathError{Op: "write", Path: path, Err: errors.New("too many symbolic links")}
}

func writeNew(path, target string, src io.WriterTo, opts Options) error {
	tmp, err := newTemp(target, newFileMode)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer tmp.discard()
	if err := tmp.writeFrom(src, opts); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return tmp.replace(target, opts)
}

func writeOver(path, target string, src io.WriterTo, opts Options) error {
	old, err := os.OpenFile(target, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		old, err = os.OpenFile(target, os.O_WRONLY, 0) // mode 0200
	}
	if err != nil {
		return err
	}
	defer old.Close()
	info, err := old.Stat()
	if err != nil {
		return err
	}
	tmp, err := newTemp(target, 0o600)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return writeDirectly(path, target, src)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer tmp.discard()
	if err := tmp.writeFrom(src, opts); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	copyAttributes(tmp.File, old, info)
	if opts.KeepInode {
		return tmp.overwrite(old, opts)
	}
	old.Close() // some systems do not replace open files
	err = tmp.replace(target, opts)
	if errors.Is(err, syscall.EBUSY) {
		return tmp.overMount(opts)
	}
	return err
}

// overMount writes the temp, closed by replace, over a target that is a mount
// point.
func (t *temp) overMount(opts Options) error {
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	t.File = f
	dst, err := os.OpenFile(t.target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer dst.Close()
	return t.overwrite(dst, opts)
}

// writeFrom writes the temp's contents.
func (t *temp) writeFrom(src io.WriterTo, opts Options) error {
	if _, err := src.WriteTo(t.File); err != nil {
		return err
	}
	if opts.NoSync {
		return nil
	}
	return t.Sync()
}

func writeDirectly(path, target string, src io.WriterTo) error {
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = src.WriteTo(f)
	if err != nil {
		f.Truncate(0) // has no effect on what is no file
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
