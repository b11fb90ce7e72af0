//go:build linux && (amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package elfio

import (
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// diskReader reads a regular file without telling the scheduler of Go. The files of a
// build have just been written and are in the page cache, where a read takes
// microseconds. But a system call that lasts longer than 20 of them loses its place,
// and the goroutine goes on in another thread, often on another processor with other
// caches; and a thread of the runtime wakes up all the time to look for such calls.
// The price is that nothing else of the process can have the place of a read that has
// to wait for a disk.
type diskReader struct {
	file *os.File
	conn syscall.RawConn
}

func newDiskReader(f *os.File) io.ReaderAt {
	conn, err := f.SyscallConn()
	if err != nil {
		return f
	}
	return &diskReader{f, conn}
}

// maxRead is the number of bytes of one system call, below what the kernel takes.
const maxRead = 1 << 20

// ReadAt implements io.ReaderAt.
func (r *diskReader) ReadAt(p []byte, off int64) (n int, err error) {
	var read int
	cerr := r.conn.Control(func(fd uintptr) {
		for read < len(p) && err == nil {
			var got int
			got, err = pread(fd, p[read:min(len(p), read+maxRead)], off+int64(read))
			if got == 0 && err == nil {
				err = io.EOF
			}
			read += got
		}
	})
	runtime.KeepAlive(r.file)
	if cerr != nil { // the only reason is that the file was closed
		err = os.ErrClosed
	}
	if err != nil && err != io.EOF {
		err = &os.PathError{Op: "read", Path: r.file.Name(), Err: err}
	}
	return read, err
}

func pread(fd uintptr, p []byte, off int64) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_PREAD64, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), uintptr(off), 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
