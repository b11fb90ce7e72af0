package outfile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// newFileMode is the mode of a new output file before the umask (pahole 1.32:
// --btf_encode_detached).
const newFileMode fs.FileMode = 0o640

// Options change how files are written. The zero value is the careful choice.
type Options struct {
	// NoSync leaves it to the system when the new file reaches the disk. A power
	// loss soon after may then leave neither the old nor the new contents.
	NoSync bool

	// Mode is the mode of a new file before the umask, 0 for 0640.
	Mode fs.FileMode

	// Check is called at the last moment before anything is put in place. Its error ends
	// that, and is returned as it is. It may be nil.
	Check func() error
}

func (o *Options) check() error {
	if o.Check == nil {
		return nil
	}
	return o.Check()
}

// ErrReadOnly is wrapped by the error for a file that nobody may write (mode
// 0444), whoever asks: rename could replace it all the same.
var ErrReadOnly = errors.New("file is read-only")

// Write writes src to the file at path, which appears or changes at once and completely,
// or on an error not at all. A symbolic link is followed. An existing file keeps mode,
// owner and extended attributes, the last two as far as the system allows. A file without
// write permission is refused with [ErrReadOnly], and one of another user, as the package
// comment says, with [ErrForeign].
func Write(path string, src io.WriterTo, opts Options) error {
	s := Set{Options: opts}
	defer s.Discard()
	if err := s.Add(path, src); err != nil {
		return err
	}
	return s.Commit()
}

// A Set is several files that belong together: all are written, or on an error none. (A
// power loss between two renames can still separate them.) The zero value is ready to use.
type Set struct {
	Options
	pending []*pending
	remove  []string
}

// A pending is a file of a set that is not in place yet. Without a temp, src is written
// directly.
type pending struct {
	*target
	name string // as the caller calls it
	temp *temp
	src  io.WriterTo
}

// Add adds a file with the contents of src. It is written now and put in place by Commit.
// What cannot be replaced, such as a pipe, is written by Commit, from src.
func (s *Set) Add(path string, src io.WriterTo) error {
	at, err := find(path)
	if err != nil {
		return err
	}
	p := &pending{target: at, name: path, src: src}
	switch {
	case at.fd >= 0:
	case at.info == nil:
		err = p.prepareNew(s.Options)
	case at.info.IsDir():
		err = &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	case at.regular():
		err = p.prepareOver(s.Options)
	}
	if err != nil {
		return err
	}
	s.pending = append(s.pending, p)
	return nil
}

// Remove adds a file that Commit removes, if there is one.
func (s *Set) Remove(path string) { s.remove = append(s.remove, path) }

// Commit puts the files in place, in the order in which they were added. After an error,
// none of the new files is there: those that were in place already are removed, even where
// they replaced another file.
func (s *Set) Commit() error {
	putAll := s.putAll
	if s.hasNames() {
		putAll = func() error { return commit(s.putAll) }
	}
	err := putAll()
	if err != nil {
		return err
	}
	if !s.NoSync {
		s.syncDirs()
	}
	for _, p := range s.pending {
		if p.temp != nil {
			continue
		}
		write := p.writeDirectly
		if p.regular() { // must not be cut in two
			write = func() error { return commit(p.writeDirectly) }
		}
		if err := write(); err != nil {
			return err
		}
		count()
	}
	return nil
}

// hasNames reports whether a file of the set gets a name, or loses it: not if all it has are pipes, for
// which a program may have to wait without end, and which it leaves nothing in.
func (s *Set) hasNames() bool {
	return len(s.remove) > 0 || slices.ContainsFunc(s.pending, func(p *pending) bool { return p.temp != nil })
}

// putAll puts in place what has a temp.
func (s *Set) putAll() error {
	if err := s.check(); err != nil {
		return err
	}
	for _, path := range s.remove {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", path, cause(err))
		}
	}
	for i, p := range s.pending {
		if p.temp == nil {
			continue
		}
		if err := p.put(s.Options); err != nil {
			for _, done := range s.pending[:i] {
				done.takeBack()
			}
			return fmt.Errorf("%s: %w", p.name, cause(err))
		}
		count()
	}
	return nil
}

// Discard ends the use of the set, and removes what was not put in place. After a Commit
// it removes nothing.
func (s *Set) Discard() {
	for _, p := range s.pending {
		if p.temp != nil {
			p.temp.discard()
		}
	}
	s.pending = nil
}

func (s *Set) syncDirs() {
	last := ""
	for _, p := range s.pending {
		if dir := filepath.Dir(p.path); p.temp != nil && dir != last {
			syncDir(dir)
			last = dir
		}
	}
}

// prepareNew writes the contents of a file that does not exist.
func (p *pending) prepareNew(opts Options) error {
	sweep(filepath.Dir(p.path))
	tmp, err := newTemp(p.path, cmp.Or(opts.Mode, newFileMode))
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return p.fill(tmp, opts)
}

// prepareOver writes new contents for a file that exists. The file is opened only to see
// that it may be written.
func (p *pending) prepareOver(opts Options) error {
	if p.info.Mode().Perm()&0o222 == 0 {
		return &fs.PathError{Op: "write", Path: p.name, Err: ErrReadOnly}
	}
	old, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		old, err = os.OpenFile(p.path, os.O_WRONLY, 0) // mode 0200
	}
	if err != nil {
		return err
	}
	defer old.Close()
	sweep(filepath.Dir(p.path))
	tmp, err := newTemp(p.path, 0o600)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil // directly
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	if err := p.fill(tmp, opts); err != nil {
		return err
	}
	info, err := old.Stat()
	if err == nil {
		copyAttributes(tmp.File, old, info)
	}
	return err
}

// fill writes the temp's contents.
func (p *pending) fill(tmp *temp, opts Options) error {
	_, err := p.src.WriteTo(tmp.File)
	if err == nil && !opts.NoSync {
		err = tmp.Sync()
	}
	if err != nil {
		tmp.discard()
		return fmt.Errorf("%s: %w", p.name, causeOf(tmp.File, err))
	}
	p.temp = tmp
	return nil
}

// put puts the temp in place.
func (p *pending) put(opts Options) error {
	if p.info == nil && p.temp.create() == nil {
		return nil
	}
	err := p.temp.replace()
	if errors.Is(err, syscall.EBUSY) {
		return p.temp.overMount(opts)
	}
	return err
}

// takeBack removes a file that was put in place.
func (p *pending) takeBack() {
	if p.temp != nil {
		os.Remove(p.path)
	}
}

// overMount writes the temp over a target that is a mount point.
func (t *temp) overMount(opts Options) error {
	dst, err := os.OpenFile(t.target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer dst.Close()
	return t.overwrite(dst, opts)
}

// writeDirectly writes to what cannot be replaced.
func (p *pending) writeDirectly() error {
	f, err := p.open()
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = p.src.WriteTo(f)
	}
	if err != nil && info != nil && info.Mode().IsRegular() {
		f.Truncate(info.Size()) // takes away what was added
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, causeOf(f, err))
	}
	return nil
}

// open opens what cannot be replaced.
func (p *pending) open() (*os.File, error) {
	if p.fd < 0 {
		return os.OpenFile(p.path, os.O_WRONLY|os.O_TRUNC, 0)
	}
	f, err := openDescriptor(p.fd)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.name, Err: err}
	}
	return f, nil
}
