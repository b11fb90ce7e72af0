package peer

import (
	"fmt"
	"os"
	"syscall"
)

// supported says why the programs of the peers cannot run in this process; nil if they can.
func supported() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("the programs there need chroot(2), which needs root")
	}
	return nil
}

// InTree makes a command run with the directory root as its root directory.
func InTree(root string) *syscall.SysProcAttr { return &syscall.SysProcAttr{Chroot: root} }

// Lock locks a file for this process until it is closed. Where another process has it, wait is called first.
func Lock(f *os.File, wait func()) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		wait()
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return fmt.Errorf("%s: flock: %w", f.Name(), err)
	}
	return nil
}
