package main

import "golang.org/x/sys/unix"

// runningRelease returns the release of the kernel that runs, "" if it does not say.
func runningRelease() string {
	var uts unix.Utsname
	if unix.Uname(&uts) != nil {
		return ""
	}
	return unix.ByteSliceToString(uts.Release[:])
}
