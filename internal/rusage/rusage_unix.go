//go:build unix && !solaris && !aix

package rusage

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// Self is the usage of this process so far. ok is false where the system does not say.
func Self() (u Usage, ok bool) { return get(syscall.RUSAGE_SELF) }

// Children is the usage of all children that have ended and were waited for.
func Children() (u Usage, ok bool) { return get(syscall.RUSAGE_CHILDREN) }

// Of is the usage of a process that has ended.
func Of(p *os.ProcessState) (u Usage, ok bool) {
	r, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return Usage{}, false
	}
	return convert(r), true
}

func get(who int) (Usage, bool) {
	var r syscall.Rusage
	if err := syscall.Getrusage(who, &r); err != nil {
		return Usage{}, false
	}
	return convert(&r), true
}

func convert(r *syscall.Rusage) Usage {
	peak := int64(r.Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		peak <<= 10 // the others count in KiB
	}
	return Usage{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Peak: peak}
}
