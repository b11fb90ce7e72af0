//go:build linux && !loong64 && !riscv64

package killtest

import "golang.org/x/sys/unix"

// Machines that came late have renameat2 alone.
func init() { changes[unix.SYS_RENAMEAT] = "renameat" }
