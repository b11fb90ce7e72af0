package cores

import (
	"syscall"
	"time"
	"unsafe"
)

// Clocks of clock_gettime(2).
const (
	processClock = 2
	threadClock  = 3
)

// ProcessTime and ThreadTime return the CPU time of the process and of the calling thread.
func ProcessTime() time.Duration { return clock(processClock) }
func ThreadTime() time.Duration  { return clock(threadClock) }

func clock(id uintptr) time.Duration {
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}
