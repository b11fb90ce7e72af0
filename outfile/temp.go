package outfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// renamesOpenFiles: an open file can be renamed, so that it keeps its lock until it has its
// final name.
const renamesOpenFiles = runtime.GOOS != "windows"

// A temp is the new file before it gets its final name. On Linux it has no name at all
// until then, so that a program that is killed leaves nothing.
type temp struct {
	*os.File
	target string // what it is to become
	path   string // "" if it has no name
}

// newTemp creates a temp in the directory of target, so that it can be renamed to it. The
// mode is subject to the umask.
func newTemp(target string, mode fs.FileMode) (*temp, error) {
	if f, err := openUnnamed(filepath.Dir(target), mode); err == nil {
		lock(f) // cannot fail: nobody else knows the file
		return &temp{File: f, target: target}, nil
	}
	return newNamedTemp(target, mode)
}

func newNamedTemp(target string, mode fs.FileMode) (*temp, error) {
	t := &temp{target: target}
	err := t.withName(func(path string) error {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return err
		}
		// Another program may have taken it for a stale one before it was locked.
		if !lock(f) || !stillAt(path, f) {
			f.Close()
			return fs.ErrExist
		}
		t.File = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

func stillAt(path string, f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(path)
	return err == nil && os.SameFile(info, now)
}

// withName tries names for the temp until create succeeds with one.
func (t *temp) withName(create func(path string) error) error {
	beforeName()
	dir, base := filepath.Split(t.target)
	for range 100 {
		path := dir + randomName(base)
		err := create(path)
		if err == nil {
			t.setPath(path)
			return nil
		}
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if errors.As(err, new(*fs.PathError)) { // its name says nothing to anyone
			return &fs.PathError{Op: "create a file in", Path: filepath.Dir(t.target), Err: cause(err)}
		}
		return err
	}
	return &fs.PathError{Op: "create", Path: dir + "." + base + ".gopahole-*", Err: fs.ErrExist}
}

// setPath notes the name of the temp, "" for none.
func (t *temp) setPath(path string) {
	commits.mu.Lock()
	defer commits.mu.Unlock()
	t.path = path
	if path == "" {
		delete(commits.named, t)
		return
	}
	if commits.named == nil {
		commits.named = make(map[*temp]struct{})
	}
	commits.named[t] = struct{}{}
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
	t.File = named.File
	path := named.path
	named.setPath("")
	t.setPath(path)
	if _, err := old.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(t.File, old); err != nil {
		return err
	}
	copyAttributes(t.File, old, info)
	return t.Sync()
}

// create makes the temp the target, if there is nothing.
func (t *temp) create() error {
	if t.path != "" {
		return fs.ErrExist
	}
	return linkUnnamed(t.File, t.target)
}

// replace makes the temp the target.
func (t *temp) replace() error {
	if err := t.name(); err != nil {
		return err
	}
	if !renamesOpenFiles {
		if err := t.Close(); err != nil {
			return err
		}
	}
	if err := os.Rename(t.path, t.target); err != nil {
		return err
	}
	t.setPath("")
	return nil
}

// overwrite writes the temp's contents over dst, which keeps its inode. Until that is done
// the contents are also in a file beside it, which stays if anything goes wrong.
func (t *temp) overwrite(dst *os.File, opts Options) error {
	if err := t.name(); err != nil {
		return err
	}
	saved, err := t.save()
	if err != nil {
		return err
	}
	err = func() error {
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
		return fmt.Errorf("%s is damaged, the new contents are in %s: %w", t.target, saved, err)
	}
	return os.Remove(saved)
}

// save gives the temp a name that nobody removes.
func (t *temp) save() (string, error) {
	for n := 1; n < 100; n++ {
		saved := fmt.Sprintf("%s.gopahole-saved-%d", t.target, n)
		if err := os.Link(t.path, saved); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return "", err
		}
		t.remove()
		t.setPath("")
		return saved, nil
	}
	return "", &fs.PathError{Op: "create", Path: t.target + ".gopahole-saved-*", Err: fs.ErrExist}
}

// discard closes the temp and removes it if it is not the target by now.
func (t *temp) discard() {
	path := t.path
	t.remove()
	if path != "" {
		t.setPath("")
	}
	t.Close()
}

// remove removes the name of the temp.
func (t *temp) remove() {
	if t.path != "" {
		os.Remove(t.path)
	}
}
