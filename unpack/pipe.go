package unpack

import (
	"errors"
	"path/filepath"
	"strings"
)

// ErrNamedPipe is wrapped by the error for a named pipe: to open one waits until
// somebody writes to it.
var ErrNamedPipe = errors.New("is a named pipe, not a regular file")

// openElsewhere reports whether the name of a pipe is that of an open descriptor, which leads
// to no file.
func openElsewhere(name string) bool {
	_, err := filepath.EvalSymlinks(name)
	return err != nil || strings.HasPrefix(name, "/dev/") || strings.HasPrefix(name, "/proc/")
}
