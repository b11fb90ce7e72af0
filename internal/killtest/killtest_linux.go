// Package killtest runs programs and kills them in the midst of their work: with
// SIGKILL, as the kernel does when memory runs out, before or after any system call
// that changes a file. The program under test knows nothing of it; ptrace(2) stops it
// at each call. Something else can be done at such a point too, to which the program has
// to find an answer.
package killtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Point is a moment in the run of a program: just before or just after one of the
// system calls that change files. They are counted from 0, in the order in which they
// come.
type Point int

// A Result says how a run ended.
type Result struct {
	Killed bool
	Call   string // at which the point was met, "" if it was not
	Before bool   // that call was not made yet
	Points Point  // that were met
	Code   int    // exit code, if it was not killed
}

// ErrNotPermitted is wrapped by the error where programs may not be traced.
var ErrNotPermitted = errors.New("no permission to trace a program")

// changes are the system calls that change files, or what stands in the way of others
// who do.
var changes = map[uint64]string{
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite64", unix.SYS_WRITEV: "writev", unix.SYS_COPY_FILE_RANGE: "copy_file_range",
	unix.SYS_SENDFILE: "sendfile", unix.SYS_SPLICE: "splice", unix.SYS_FTRUNCATE: "ftruncate", unix.SYS_FALLOCATE: "fallocate",
	unix.SYS_OPENAT: "openat", unix.SYS_LINKAT: "linkat", unix.SYS_RENAMEAT2: "renameat2",
	unix.SYS_UNLINKAT: "unlinkat", unix.SYS_SYMLINKAT: "symlinkat", unix.SYS_MKDIRAT: "mkdirat", unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync",
	unix.SYS_FCHMOD: "fchmod", unix.SYS_FCHMODAT: "fchmodat", unix.SYS_FCHOWN: "fchown", unix.SYS_FCHOWNAT: "fchownat", unix.SYS_FSETXATTR: "fsetxattr",
	unix.SYS_IOCTL: "ioctl", unix.SYS_FLOCK: "flock",
}

// syscallInfo is struct ptrace_syscall_info (ptrace(2), PTRACE_GET_SYSCALL_INFO).
type syscallInfo struct {
	op     uint8
	_      [3]uint8
	arch   uint32
	ip, sp uint64
	nr     uint64 // at entry
	args   [6]uint64
	_      [2]uint64
}

const (
	getSyscallInfo = 0x420e
	opEntry        = 1
)

// counts reports whether a call is one of changes: opening a file counts if it creates
// one or cuts it off, and writing if it is not to standard output or error.
func (s *syscallInfo) counts() bool {
	if _, ok := changes[s.nr]; !ok {
		return false
	}
	switch s.nr {
	case unix.SYS_OPENAT:
		return s.args[2]&(unix.O_CREAT|unix.O_TRUNC|unix.O_TMPFILE&^unix.O_DIRECTORY) != 0
	case unix.SYS_WRITE, unix.SYS_WRITEV:
		return s.args[0] > 2
	case unix.SYS_IOCTL:
		return s.args[1] == unix.FICLONE
	}
	return true
}

// Run runs a command and kills it at a point. Files for its standard output and error
// have to be files.
func Run(cmd *exec.Cmd, at Point) (*Result, error) {
	killed := false
	result, err := Meet(cmd, at, func() {
		unix.Kill(cmd.Process.Pid, unix.SIGKILL)
		killed = true
	})
	if err == nil {
		result.Killed = killed
	}
	return result, err
}

// Meet runs a command as Run does, and calls do at a point, at which the thread that met
// it stands still. The command then goes on.
func Meet(cmd *exec.Cmd, at Point, do func()) (*Result, error) {
	runtime.LockOSThread() // a thread traces
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPermitted, err)
	}
	defer cmd.Process.Release()
	t := tracer{pid: cmd.Process.Pid, at: at, do: do, call: make(map[int]string)}
	result, err := t.run()
	if err != nil {
		unix.Kill(t.pid, unix.SIGKILL)
	}
	return result, err
}

type tracer struct {
	pid    int
	at     Point
	do     func()         // at that point
	call   map[int]string // that a thread is in, "" for one that does not count
	result Result
}

// run follows all threads of the program until it ends.
func (t *tracer) run() (*Result, error) {
	var status unix.WaitStatus
	if _, err := unix.Wait4(t.pid, &status, unix.WALL, nil); err != nil {
		return nil, err
	}
	options := unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(t.pid, options); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPermitted, err)
	}
	if err := unix.PtraceSyscall(t.pid, 0); err != nil {
		return nil, err
	}
	for {
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, os.NewSyscallError("wait4", err)
		case status.Exited() || status.Signaled():
			if tid == t.pid { // the last one
				t.result.Code = status.ExitStatus()
				return &t.result, nil
			}
			continue
		}
		deliver, err := t.stopped(tid, status)
		if err != nil {
			return nil, err
		}
		// It may be gone, if the program was killed.
		if err := unix.PtraceSyscall(tid, deliver); err != nil && !errors.Is(err, unix.ESRCH) {
			return nil, os.NewSyscallError("ptrace", err)
		}
	}
}

// stopped looks at a thread that has stopped, and returns the signal that it gets.
func (t *tracer) stopped(tid int, status unix.WaitStatus) (signal int, err error) {
	switch stop := status.StopSignal(); {
	case stop == unix.SIGTRAP|0x80:
		return 0, t.syscall(tid)
	case stop == unix.SIGTRAP || stop == unix.SIGSTOP: // an event, or a new thread
		return 0, nil
	default:
		return int(stop), nil
	}
}

// syscall counts the points at a system call.
func (t *tracer) syscall(tid int) error {
	var info syscallInfo
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	switch {
	case errno == unix.ESRCH: // killed
		return nil
	case errno != 0:
		return os.NewSyscallError("ptrace", errno)
	case info.op == opEntry:
		t.call[tid] = ""
		if info.counts() {
			t.call[tid] = changes[info.nr]
			t.meet(tid, true)
		}
	case t.call[tid] != "":
		t.meet(tid, false)
		t.call[tid] = ""
	}
	return nil
}

// meet counts a point, and does what is to be done if it is the one.
func (t *tracer) meet(tid int, before bool) {
	if t.result.Points == t.at {
		t.result.Call, t.result.Before = t.call[tid], before
		t.do()
	}
	t.result.Points++
}
