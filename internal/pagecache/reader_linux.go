//go:build linux && (amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package pagecache

import (
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

type reader struct {
	file    *os.File
	conn    syscall.RawConn
	refused atomic.Bool // the file system cannot tell what is cached
}

// NewReader returns a reader of a file.
func NewReader(f *os.File) io.ReaderAt {
	conn, err := f.SyscallConn()
	if err != nil {
		return f
	}
	return &reader{file: f, conn: conn}
}

// maxRead is the number of bytes of one system call, below what the kernel takes.
const maxRead = 1 << 20

// ReadAt implements io.ReaderAt.
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	err := r.conn.Control(func(fd uintptr) {
		for n < len(p) && off >= 0 && !r.refused.Load() { // -1 would be where the file stands
			got, errno := cached(fd, p[n:min(len(p), n+maxRead)], off+int64(n))
			if got <= 0 {
				r.refused.Store(errno != 0 && errno != unix.EAGAIN && errno != unix.EINTR)
				return
			}
			n += got
		}
	})
	if n == len(p) && err == nil {
		return n, nil
	}
	// Not in the cache, the end of the file, or an error, of which this knows more.
	rest, err := r.file.ReadAt(p[n:], off+int64(n))
	return n + rest, err
}

// cached reads as much of p as is in the page cache, from an offset on.
func cached(fd uintptr, p []byte, off int64) (int, syscall.Errno) {
	v := unix.Iovec{Base: &p[0]}
	v.SetLen(len(p))
	n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, fd, uintptr(unsafe.Pointer(&v)), 1, uintptr(off), 0, unix.RWF_NOWAIT)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
