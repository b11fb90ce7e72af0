package verify_test

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gopahole/gopahole/kernel"
)

// btfLoadAttr is the part of union bpf_attr for BPF_BTF_LOAD (linux/bpf.h).
type btfLoadAttr struct {
	btf, logBuf       uint64
	btfSize           uint32
	logSize, logLevel uint32
	logTrueSize       uint32
	flags             uint32
	tokenFD           int32
}

const bpfBTFLoad = 18

// The log of a whole vmlinux has some 30 MB. The kernel writes no more of the
// buffer than it needs.
var logBuffer = sync.OnceValue(func() []byte { return make([]byte, 256<<20) })

var logLock sync.Mutex

// bpfLoad gives BTF to the running kernel and returns its verdict and log. A BTF
// that it takes is let go at once.
func bpfLoad(raw []byte) (kernel.Errno, []byte, error) {
	logLock.Lock()
	defer logLock.Unlock()
	log := logBuffer()
	if len(raw) == 0 {
		raw = []byte{0}[:0:1]
	}
	attr := btfLoadAttr{
		btf: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(raw)))), btfSize: uint32(len(raw)),
		logBuf: uint64(uintptr(unsafe.Pointer(&log[0]))), logSize: uint32(len(log)), logLevel: 1,
	}
	log[0] = 0
	fd, _, errno := unix.Syscall(unix.SYS_BPF, bpfBTFLoad, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(raw)
	text := append([]byte(nil), log[:max(1, attr.logTrueSize)-1]...)
	switch errno {
	case 0:
		return 0, text, unix.Close(int(fd))
	case unix.EPERM, unix.ENOSYS, unix.ENOMEM, unix.ENOSPC:
		return 0, text, errno
	}
	return kernel.Errno(errno), text, nil
}

// running returns the version of the running kernel, if it can be asked and its
// rules are known. Otherwise the test is skipped with the reason.
func running(t testing.TB) *kernel.Release {
	t.Helper()
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		t.Fatal(err)
	}
	release := unix.ByteSliceToString(uts.Release[:])
	version, err := kernel.ParseVersion(release)
	if err != nil {
		t.Fatal(err)
	}
	coverage, rows := kernel.For(version)
	if coverage != kernel.Known || !rows[0].Load {
		t.Skipf("NOT COMPARED with BPF_BTF_LOAD: what Linux %s checks is not known", release)
	}
	v := rows[0]
	if errno, log, err := bpfLoad(smallest()); err != nil || errno != 0 {
		t.Skipf("NOT COMPARED with BPF_BTF_LOAD: Linux %s does not allow it here (uid %d): %v %v %s", release, os.Geteuid(), err, errno, log)
	}
	t.Logf("compared with BPF_BTF_LOAD of Linux %s, by the rules of %s", release, v)
	return v
}
