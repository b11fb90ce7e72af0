package main

import (
	"strings"
	"syscall"
)

// runningRelease returns the release of the kernel that runs, "" if it does not say.
func runningRelease() string {
	var uts syscall.Utsname
	if syscall.Uname(&uts) != nil {
		return ""
	}
	return cString(uts.Release[:])
}

// cString returns a string of C, whose characters are signed on some machines.
func cString[T int8 | uint8](chars []T) string {
	var b strings.Builder
	for _, c := range chars {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}
