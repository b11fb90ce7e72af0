package tuning

import (
	"fmt"
	"math"
	"os"
	"syscall"
)

// available returns what bounds the memory of the process, in bytes: the machine, its
// control groups, and the limits of the shell (ulimit -v, -d).
func available() []int64 {
	limits := cgroupLimits(func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			return ""
		}
		return string(text)
	})
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		limits = append(limits, int64(uint64(info.Totalram)*uint64(max(info.Unit, 1))))
	}
	return append(limits, resourceLimits()...)
}

// hasResourceLimit reports whether there are limits of resourceLimits.
func hasResourceLimit() bool {
	for _, resource := range []int{syscall.RLIMIT_AS, syscall.RLIMIT_DATA} {
		var r syscall.Rlimit
		if syscall.Getrlimit(resource, &r) == nil && r.Cur < math.MaxInt64/2 {
			return true
		}
	}
	return false
}

// arena is what the runtime takes of the address space at once (runtime: heapArenaBytes).
// It has one from the beginning.
const arena = 64 << 20

// resourceLimits returns what setrlimit(2) leaves for the heap of address space and of
// data. The runtime has reserved much of the former at its start.
func resourceLimits() []int64 {
	var limits []int64
	var size, data, skip int64 // pages
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		fmt.Sscan(string(text), &size, &skip, &skip, &skip, &skip, &data)
	}
	page := int64(os.Getpagesize())
	for _, l := range []struct {
		resource int
		used     int64
	}{{syscall.RLIMIT_AS, size * page}, {syscall.RLIMIT_DATA, data * page}} {
		var r syscall.Rlimit
		if syscall.Getrlimit(l.resource, &r) == nil && r.Cur < math.MaxInt64/2 {
			left := max(int64(r.Cur)-l.used, 0)
			limits = append(limits, left-left%arena+arena)
		}
	}
	return limits
}
