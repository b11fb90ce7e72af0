package elfio

import (
	"bytes"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// openUnnamed opens a new file without a name on the file system of dir.
func openUnnamed(dir string, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(dir, unix.O_TMPFILE|os.O_RDWR, mode)
}

// linkUnnamed gives a file of openUnnamed its first name (open(2), O_TMPFILE).
func linkUnnamed(f *os.File, path string) error {
	fd := "/proc/self/fd/" + strconv.Itoa(int(f.Fd()))
	return unix.Linkat(unix.AT_FDCWD, fd, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
}

// cloneFile makes dst share the blocks of src, where the file system can do that.
func cloneFile(dst, src *os.File) error {
	return unix.IoctlFileClone(int(dst.Fd()), int(src.Fd()))
}

// notCopied are the attributes that describe the contents, or that a write to
// the file would take away.
var notCopied = map[string]bool{"security.ima": true, "security.evm": true, "security.capability": true}

// copyAttributes gives dst owner, extended attributes and mode of src, as far as
// the system allows.
func copyAttributes(dst, src *os.File, info fs.FileInfo) {
	mode := info.Mode()
	st := info.Sys().(*syscall.Stat_t)
	if dst.Chown(int(st.Uid), int(st.Gid)) != nil {
		// Not to run as somebody else than it did.
		mode &^= fs.ModeSetuid | fs.ModeSetgid
	}
	for _, name := range attributes(src) {
		if notCopied[name] {
			continue
		}
		if value, err := attribute(src, name); err == nil {
			unix.Fsetxattr(int(dst.Fd()), name, value, 0)
		}
	}
	dst.Chmod(mode)
}

// attributes returns the names of the extended attributes, none on an error.
func attributes(f *os.File) []string {
	size, err := unix.Flistxattr(int(f.Fd()), nil)
	if err != nil || size == 0 {
		return nil
	}
	buf := make([]byte, size)
	size, err = unix.Flistxattr(int(f.Fd()), buf)
	if err != nil {
		return nil
	}
	var names []string
	for name := range bytes.SplitSeq(buf[:size], []byte{0}) {
		if len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names
}

func attribute(f *os.File, name string) ([]byte, error) {
	size, err := unix.Fgetxattr(int(f.Fd()), name, nil)
	if err != nil {
		return nil, err
	}
	value := make([]byte, size)
	size, err = unix.Fgetxattr(int(f.Fd()), name, value)
	if err != nil {
		return nil, err
	}
	return value[:size], nil
}

// syncDir makes a rename durable. Not every file system can do it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
