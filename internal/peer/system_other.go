//go:build !linux

package peer

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

var errSystem = errors.New("the programs there are for Linux, and this is " + runtime.GOOS)

// supported says why the programs of the peers cannot run in this process.
func supported() error { return errSystem }

// InTree is for Linux. Open fails elsewhere, so that nobody gets here.
func InTree(string) *syscall.SysProcAttr { return nil }

// OwnMounts is for Linux, too.
func OwnMounts(*exec.Cmd) {}

// Lock only opens the file elsewhere than on Linux.
func Lock(*os.File, func()) error { return nil }
