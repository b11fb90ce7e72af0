//go:build unix

package debugfile_test

import "syscall"

func mkfifo(name string) error { return syscall.Mkfifo(name, 0o666) }
