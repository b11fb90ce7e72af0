package peer

import (
	"fmt"
	"os"
	"os/exec"
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

// OwnMounts makes what a command mounts exist for it and its children only, and end with them.
func OwnMounts(cmd *exec.Cmd) { cmd.SysProcAttr.Unshareflags |= syscall.CLONE_NEWNS }

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
