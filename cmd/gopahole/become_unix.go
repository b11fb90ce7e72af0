//go:build unix

package main

import "syscall"

const exeSuffix = ""

// become runs another program in place of this process.
func become(path string, args, env []string) error { return syscall.Exec(path, args, env) }
