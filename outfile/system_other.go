//go:build !linux

package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

func openUnnamed(string, fs.FileMode) (*os.File, error) { return nil, errors.ErrUnsupported }

func linkUnnamed(*os.File, string) error { return errors.ErrUnsupported }

func copyAttributes(dst, _ *os.File, info fs.FileInfo) { dst.Chmod(info.Mode()) }

func syncDir(string) {}

// There are no locks, and nothing is removed that another program may use.
func lock(*os.File) bool { return true }

func removeStale(string) {}

func readLink(path string) (fs.FileInfo, string, error) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return info, "", err
	}
	text, err := os.Readlink(path)
	return info, text, err
}

func ownerOf(fs.FileInfo) (int, bool) { return 0, false }

func idOf(path string, _ fs.FileInfo) ID {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	abs, _ := filepath.Abs(path)
	return ID{name: abs}
}

func openDescriptor(fd int) (*os.File, error) {
	return os.OpenFile("/dev/fd/"+strconv.Itoa(fd), os.O_WRONLY, 0)
}
