package source

import (
	"os"

	"golang.org/x/sys/unix"
)

// openUnnamed makes a file without a name (open(2), O_TMPFILE).
func openUnnamed(dir string) (*os.File, error) {
	return os.OpenFile(dir, os.O_RDWR|unix.O_TMPFILE|unix.O_CLOEXEC, 0o600)
}
