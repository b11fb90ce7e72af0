package source

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// widen lets a pipe hold what is read at a time (pipe(7)), so that its ends wait for each other less often.
func widen(pipe io.Reader) {
	f, ok := pipe.(*os.File)
	if !ok {
		return
	}
	if c, err := f.SyscallConn(); err == nil {
		c.Control(func(fd uintptr) { unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) }) // as large as users may have it; if not, it stays
	}
}
