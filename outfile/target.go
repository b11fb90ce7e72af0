package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A target is where a file is to be written: a path whose last element is no symbolic
// link.
type target struct {
	path string
	info fs.FileInfo // of what is there, nil for nothing
	fd   int         // of the open file that is meant, -1 for none
}

// regular reports whether there is a regular file.
func (t *target) regular() bool { return t.info != nil && t.info.Mode().IsRegular() }

// find follows a path while its last element is a symbolic link. What it ends at need not
// exist. Links to open files (/dev/stdout) look like links to a path but are not: renaming
// a file to that path would leave the open one as it was.
func find(path string) (*target, error) {
	at := path
	for range 40 { // as many as the kernel follows: path_resolution(7)
		if fd, ok := descriptor(at); ok {
			return &target{path: at, fd: fd}, nil
		}
		info, next, err := readLink(at)
		if errors.Is(err, fs.ErrNotExist) {
			return &target{path: at, fd: -1}, nil
		}
		if err != nil {
			return nil, &fs.PathError{Op: "write", Path: path, Err: cause(err)}
		}
		if err := allowed(at, info); err != nil {
			return nil, &fs.PathError{Op: "write", Path: path, Err: err}
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return &target{path: at, info: info, fd: -1}, nil
		}
		if !filepath.IsAbs(next) {
			// Not Join, which would shorten "link/..".
			next = filepath.Dir(at) + string(filepath.Separator) + next
		}
		at = next
	}
	return nil, &fs.PathError{Op: "write", Path: path, Err: errors.New("too many symbolic links")}
}

// descriptor returns the number in a path that names an open file of this process.
func descriptor(path string) (int, bool) {
	// Such a path ends in the number. To find the directory of a relative one, the system is
	// asked several times.
	if last := filepath.Base(filepath.Clean(path)); last[0] != '.' && (last[0] < '0' || last[0] > '9') {
		return 0, false
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0, false
	}
	for _, dir := range []string{"/proc/self/fd/", "/proc/thread-self/fd/", "/proc/" + strconv.Itoa(os.Getpid()) + "/fd/", "/dev/fd/"} {
		if rest, ok := strings.CutPrefix(abs, dir); ok {
			fd, err := strconv.ParseUint(rest, 10, 31)
			return int(fd), err == nil
		}
	}
	return 0, false
}

// ErrForeign is wrapped by the error for a symbolic link or a file of another user in a
// directory that everybody may write to: whoever put it there may want to have another
// file changed, or to see what is written.
var ErrForeign = errors.New("belongs to another user, in a directory that everybody may write to")

// allowed applies the rule of fs.protected_symlinks, fs.protected_regular and
// fs.protected_fifos (sysctl/fs.rst) to what is at a path.
func allowed(path string, info fs.FileInfo) error {
	if info.IsDir() {
		return nil
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return cause(err)
	}
	if dir.Mode()&fs.ModeSticky == 0 || dir.Mode().Perm()&0o002 == 0 {
		return nil
	}
	owner, ok := ownerOf(info)
	dirOwner, _ := ownerOf(dir)
	if !ok || owner == os.Geteuid() || owner == dirOwner {
		return nil
	}
	return ErrForeign
}

// cause returns the error of the system without the names of the call and of the files:
// one of them may be temporary.
func cause(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}

// causeOf is cause of an error that is about a file which users do not know by its name: a temporary one, or a
// descriptor. Others are of what was read.
func causeOf(f *os.File, err error) error {
	if e, ok := err.(*fs.PathError); ok && e.Path == f.Name() {
		return e.Err
	}
	return err
}
