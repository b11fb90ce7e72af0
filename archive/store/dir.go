package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/gopahole/gopahole/archive/store/internal/transfer"
	"github.com/gopahole/gopahole/outfile"
)

// newFileMode is the mode of objects before the umask: web servers read them.
const newFileMode fs.FileMode = 0o644

// A dir keeps each object in a file of its key below a directory. Symbolic links that stay below it are followed, as
// archives have them as second names of directories, but not listed. Files are written by outfile, which removes what
// killed writers left in a directory when it first writes there.
type dir struct {
	name string // as the user calls it
	path string

	mu   sync.Mutex
	root *os.Root // nil until the directory is there
}

func openDir(name, path string) (*dir, error) {
	if path == "" {
		return nil, errors.New("the name of the store is empty")
	}
	d := &dir{name: name, path: path}
	if _, err := d.open(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return d, nil
}

// open returns the directory, which contains all that is done below it: os.Root follows no link that leads out.
func (d *dir) open() (*os.Root, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.root == nil {
		root, err := os.OpenRoot(d.path)
		if err != nil {
			return nil, err
		}
		d.root = root
	}
	return d.root, nil
}

func (d *dir) String() string { return d.name }

// fail describes an error at a key.
func (d *dir) fail(key string, err error) error {
	if err == nil {
		return nil
	}
	name := filepath.Join(d.path, filepath.FromSlash(key))
	if err = cause(err); strings.HasPrefix(err.Error(), name+": ") {
		return err // outfile names the file that it could not write
	}
	return fmt.Errorf("%s: %w", name, err)
}

// cause returns the error of the system without names of calls and files, one of which may be temporary.
func cause(err error) error {
	for {
		if e := (*transfer.SourceError)(nil); errors.As(err, &e) {
			return e.Err
		} else if e := (*fs.PathError)(nil); errors.As(err, &e) {
			err = e.Err
		} else if e := (*os.LinkError)(nil); errors.As(err, &e) {
			err = e.Err
		} else {
			return err
		}
	}
}

func (d *dir) Put(ctx context.Context, key string, size int64, r io.Reader) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	src, err := transfer.NewSource(ctx, r, size)
	if err != nil {
		return d.fail(key, err)
	}
	target, err := d.place(key)
	if err != nil {
		return d.fail(key, err)
	}
	err = outfile.Write(target, src, outfile.Options{Mode: newFileMode, Check: ctx.Err})
	return d.fail(key, err)
}

func (d *dir) Update(ctx context.Context, key string, f func([]byte) ([]byte, Change, error)) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	target, err := d.place(key)
	if err != nil {
		return d.fail(key, err)
	}
	var inside error // names its key by itself
	err = outfile.Locked(ctx, target, func() error {
		inside = d.update(ctx, key, f)
		return nil
	})
	return cmp.Or(inside, d.fail(key, err))
}

// update is Update with the lock held.
func (d *dir) update(ctx context.Context, key string, f func([]byte) ([]byte, Change, error)) error {
	in, _, err := d.Get(ctx, key)
	var old []byte
	if err == nil {
		old, err = io.ReadAll(in)
		in.Close()
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	data, change, err := f(old)
	switch {
	case err != nil || change == Keep:
		return err
	case change == Remove:
		return d.Delete(ctx, key)
	}
	return d.Put(ctx, key, int64(len(data)), bytes.NewReader(data))
}

// place makes the directories of a key, and returns the name of its file without symbolic links in it.
func (d *dir) place(key string) (string, error) {
	if err := makeDirs(d.path); err != nil {
		return "", err
	}
	root, err := d.open()
	if err != nil {
		return "", err
	}
	parent, base := filepath.Split(filepath.FromSlash(key))
	for i := range parent { // "a/b/" makes a and a/b
		if !os.IsPathSeparator(parent[i]) {
			continue
		}
		if err := root.Mkdir(parent[:i], 0o777); err == nil {
			syncDir(filepath.Dir(filepath.Join(d.path, parent[:i])))
		} else if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	info, err := root.Stat(filepath.Join(".", parent)) // fails if a link leads out
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is a file, and would have to be a directory", parent)
	}
	if info, err := root.Lstat(filepath.FromSlash(key)); err == nil && !info.Mode().IsRegular() {
		return "", errors.New("what is there is no regular file")
	}
	real, err := filepath.EvalSymlinks(filepath.Join(d.path, parent))
	if err != nil {
		return "", err
	}
	// Where the links lead may have changed since.
	if now, err := os.Stat(real); err != nil || !os.SameFile(now, info) {
		return "", errors.New("its directory changes while it is written")
	}
	return filepath.Join(real, base), nil
}

// makeDirs makes a directory and those above it so that they survive a loss of power.
func makeDirs(path string) error {
	err := os.Mkdir(path, 0o777)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		if err := makeDirs(filepath.Dir(path)); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o777)
	}
	if err == nil {
		syncDir(filepath.Dir(path))
		return nil
	}
	if info, e := os.Stat(path); e == nil && info.IsDir() {
		return nil
	}
	return err
}

// syncDir makes new names in a directory durable. Not every file system can do it.
func syncDir(path string) {
	if f, err := os.Open(path); err == nil {
		f.Sync()
		f.Close()
	}
}

func (d *dir) Get(ctx context.Context, key string) (io.ReadCloser, Info, error) {
	f, info, err := d.openFile(key)
	if err != nil {
		return nil, Info{}, err
	}
	return d.reader(ctx, key, f, transfer.Exactly(f, info.Size)), info, nil
}

func (d *dir) GetRange(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	if err := transfer.CheckRange(off, n); err != nil {
		return nil, d.fail(key, err)
	}
	f, _, err := d.openFile(key)
	if err != nil {
		return nil, err
	}
	return d.reader(ctx, key, f, transfer.Exactly(io.NewSectionReader(f, off, n), n)), nil
}

func (d *dir) openFile(key string) (*os.File, Info, error) {
	if err := CheckKey(key); err != nil {
		return nil, Info{}, err
	}
	root, err := d.open()
	if err != nil {
		return nil, Info{}, d.fail(key, err)
	}
	// What is no regular file is not opened: a pipe would wait for a writer.
	info, err := root.Stat(filepath.FromSlash(key))
	if err != nil {
		return nil, Info{}, d.fail(key, missing(err))
	}
	if !info.Mode().IsRegular() {
		return nil, Info{}, d.fail(key, fs.ErrNotExist)
	}
	f, err := root.Open(filepath.FromSlash(key))
	if err != nil {
		return nil, Info{}, d.fail(key, missing(err))
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, Info{}, d.fail(key, err)
	}
	return f, infoOf(key, info), nil
}

func (d *dir) reader(ctx context.Context, key string, f *os.File, r io.Reader) io.ReadCloser {
	return &transfer.Object{Reader: transfer.WithContext(ctx, r), Closer: f, Explain: func(err error) error { return d.fail(key, err) }}
}

func (d *dir) Stat(ctx context.Context, key string) (Info, error) {
	if err := cmp.Or(ctx.Err(), CheckKey(key)); err != nil {
		return Info{}, err
	}
	root, err := d.open()
	if err != nil {
		return Info{}, d.fail(key, err)
	}
	info, err := root.Stat(filepath.FromSlash(key))
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Info{}, d.fail(key, missing(err))
	}
	return infoOf(key, info), nil
}

func infoOf(key string, info fs.FileInfo) Info {
	return Info{Key: key, Size: info.Size(), Modified: info.ModTime()}
}

func (d *dir) Delete(ctx context.Context, key string) error {
	if err := cmp.Or(ctx.Err(), CheckKey(key)); err != nil {
		return err
	}
	root, err := d.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return d.fail(key, err)
	}
	name := filepath.FromSlash(key)
	info, err := root.Lstat(name)
	if errors.Is(missing(err), fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.IsDir() {
		return nil // no object, however empty it is
	}
	if err == nil {
		err = root.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // by another one
	}
	if err == nil {
		syncDir(filepath.Dir(filepath.Join(d.path, name)))
	}
	return d.fail(key, err)
}

func (d *dir) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		root, err := d.open()
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Info{}, err)
			return
		}
		d.list(ctx, root, ".", prefix, yield)
	}
}

// list lists a directory, and returns whether to go on.
func (d *dir) list(ctx context.Context, root *os.Root, at, prefix string, yield func(Info, error) bool) bool {
	entries, err := readDir(root, at)
	if errors.Is(err, fs.ErrNotExist) && at != "." {
		return true // removed meanwhile
	}
	if err != nil {
		yield(Info{}, d.fail(at, err))
		return false
	}
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			yield(Info{}, err)
			return false
		}
		key := path.Join(at, entry.Name())
		if entry.IsDir() {
			below := key + "/"
			if !strings.HasPrefix(below, prefix) && !strings.HasPrefix(prefix, below) {
				continue
			}
			if !d.list(ctx, root, key, prefix, yield) {
				return false
			}
			continue
		}
		if !entry.Type().IsRegular() || !strings.HasPrefix(key, prefix) || CheckKey(key) != nil {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			yield(Info{}, d.fail(key, err))
			return false
		}
		if !yield(infoOf(key, info), nil) {
			return false
		}
	}
	return true
}

// readDir reads a directory in the order of the keys in it: "a.b" is before "a/c", so directories have a slash.
func readDir(root *os.Root, at string) ([]fs.DirEntry, error) {
	f, err := root.Open(filepath.FromSlash(at))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	name := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(name(a), name(b)) })
	return entries, err
}

// missing maps the error for a key below an object to fs.ErrNotExist: there is nothing either.
func missing(err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return fs.ErrNotExist
	}
	return err
}
