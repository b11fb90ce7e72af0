package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processUsage returns nil where the system does not tell.
func processUsage() *usage {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return nil
	}
	return &usage{
		user:    time.Duration(u.Utime.Nano()),
		system:  time.Duration(u.Stime.Nano()),
		peakKiB: peakKiB(),
	}
}

// peakKiB returns the most memory that the process had resident, 0 if unknown.
// The same number of getrusage includes the parent's memory at the moment of
// the fork.
func peakKiB() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n
}
