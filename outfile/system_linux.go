package outfile

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

// lock marks a file as in use by this program, as long as it is open. Where there are
// no locks it says so too: nobody can find it unlocked then.
func lock(f *os.File) bool {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	return err != unix.EWOULDBLOCK
}

// removeStale removes a temporary file if it belongs to the user, or the user is root,
// and no program has locked it.
func removeStale(path string) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var open, now unix.Stat_t
	if unix.Fstat(fd, &open) != nil || open.Mode&unix.S_IFMT != unix.S_IFREG {
		return
	}
	if uid := os.Geteuid(); uid != 0 && uint32(uid) != open.Uid {
		return
	}
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) != nil {
		return
	}
	if unix.Lstat(path, &now) == nil && now.Dev == open.Dev && now.Ino == open.Ino {
		unix.Unlink(path)
	}
}

// readLink describes what is at a path, and returns the text of a symbolic link. Both
// are of the same link, if somebody changes it meanwhile.
func readLink(path string) (info fs.FileInfo, text string, err error) {
	f, err := os.OpenFile(path, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return info, "", err
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(f.Fd()), "", buf)
	if err != nil {
		return nil, "", &fs.PathError{Op: "readlink", Path: path, Err: err}
	}
	return info, string(buf[:n]), nil
}

// ownerOf returns the user that a file belongs to.
func ownerOf(info fs.FileInfo) (uid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

func idOf(_ string, info fs.FileInfo) ID {
	st := info.Sys().(*syscall.Stat_t)
	return ID{dev: uint64(st.Dev), ino: st.Ino} // of 32 bits on MIPS
}

// openDescriptor returns the open file with a descriptor, to be closed on its own.
func openDescriptor(fd int) (*os.File, error) {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(dup), "descriptor "+strconv.Itoa(fd)), nil
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
