package elfio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// A temp is the new file before it gets its final name. On Linux it has no name
// at all until replace, so that nothing is left behind if the program is killed.
type temp struct {
	*os.File
	target string // what it is to become
	path   string // "" if it has no name
}

// newTemp creates a temp in the directory of target, in which it can be renamed
// to target. The mode is subject to the umask.
func newTemp(target string, mode fs.FileMode) (*temp, error) {
	dir := filepath.Dir(target)
	if f, err := openUnnamed(dir, mode); err == nil {
		return &temp{File: f, target: target}, nil
	}
	return newNamedTemp(target, mode)
}

func newNamedTemp(target string, mode fs.FileMode) (*temp, error) {
	t := &temp{target: target}
	err := t.withName(func(path string) error {
		var err error
		t.File, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// withName tries names for the temp until create succeeds with one.
func (t *temp) withName(create func(path string) error) error {
	dir, base := filepath.Split(t.target)
	base = base[:min(len(base), 200)] // a name may have 255 bytes
	for range 100 {
		path := dir + "." + base + ".gopahole-" + strconv.FormatUint(uint64(rand.Uint32()), 36)
		err := create(path)
		if err == nil {
			t.path = path
			return nil
		}
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if cause := (*fs.PathError)(nil); errors.As(err, &cause) { // its name says nothing to anyone
			return &fs.PathError{Op: "create a file in", Path: filepath.Dir(t.target), Err: cause.Err}
		}
		return err
	}
	return &fs.PathError{Op: "create", Path: dir + "." + base + ".gopahole-*", Err: fs.ErrExist}
}

// name gives the temp a name. Where the system cannot do that for the unnamed
// file, a named copy takes its place.
func (t *temp) name() error {
	if t.path != "" {
		return nil
	}
	if t.withName(func(path string) error { return linkUnnamed(t.File, path) }) == nil {
		return nil
	}
	info, err := t.Stat()
	if err != nil {
		return err
	}
	named, err := newNamedTemp(t.target, info.Mode().Perm())
	if err != nil {
		return err
	}
	old := t.File
	defer old.Close()
	*t = *named
	if _, err := old.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(t.File, old); err != nil {
		return err
	}
	copyAttributes(t.File, old, info)
	return t.Sync()
}

// replace makes the temp the target.
func (t *temp) replace(target string, opts Options) error {
	if err := t.name(); err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return err
	}
	if err := os.Rename(t.path, target); err != nil {
		return err
	}
	t.path = ""
	if !opts.NoSync {
		syncDir(filepath.Dir(target))
	}
	return nil
}

// overwrite writes the temp's contents over dst, which keeps its inode. The temp
// has a name meanwhile, and keeps it if anything goes wrong.
func (t *temp) overwrite(dst *os.File, opts Options) error {
	if err := t.name(); err != nil {
		return err
	}
	err := func() error {
		size, err := t.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.NewOffsetWriter(dst, 0), io.NewSectionReader(t, 0, size)); err != nil {
			return err
		}
		if err := dst.Truncate(size); err != nil || opts.NoSync {
			return err
		}
		return dst.Sync()
	}()
	if err != nil {
		path := t.path
		t.path = ""
		return fmt.Errorf("%s is damaged, the new contents are in %s: %w", t.target, path, err)
	}
	return nil
}

// discard closes the temp and removes it if it is not the target by now.
func (t *temp) discard() {
	t.Close()
	if t.path != "" {
		os.Remove(t.path)
	}
}
