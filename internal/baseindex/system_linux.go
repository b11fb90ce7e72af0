package baseindex

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// errUntrusted is about a directory or a file that others can write to.
var errUntrusted = errors.New("others can write to it")

// mapFile maps a file of the directory. To have all of its pages at once (MAP_POPULATE) takes longer
// than to touch them: either way the kernel maps some at a time, and then it also looks at each.
func mapFile(dir, path string) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, nil, err
	}
	if err := trusted(info); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("no regular file")
	}
	if err := trusted(info); err != nil {
		return nil, nil, err
	}
	if info.Size() < int64(headerBytes) || info.Size() > maxFile {
		return nil, nil, fmt.Errorf("%d bytes", info.Size())
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	return data, info, err
}

func unmap(data []byte) { syscall.Munmap(data) }

// trusted returns errUntrusted for what another user owns, but for root, or may write to.
func trusted(info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid != uint32(os.Geteuid()) && st.Uid != 0 || info.Mode().Perm()&0o022 != 0 {
		return errUntrusted
	}
	return nil
}

// lockDir makes the directory and locks it, for as long as the result is open. It is nil if
// another process has the lock.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.IsDir():
		err = syscall.ENOTDIR
	default:
		err = trusted(info)
	}
	if err == nil {
		err = syscall.Access(dir, 2) // W_OK
	}
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		f.Close()
		if err == syscall.EWOULDBLOCK {
			err = nil
		}
		return nil, err
	}
	return f, nil
}
