package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ownPeak returns the peak of this process's memory in bytes. Its account of resources (getrusage(2)) has that of the
// process that executed it as well, such as the go command.
func ownPeak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return math.MaxInt64
	}
	_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
	var kB int64
	if n, _ := fmt.Sscan(rest, &kB); n == 0 {
		return math.MaxInt64
	}
	return kB << 10
}

// syncDisks waits until what was written is on the disks.
func syncDisks() { syscall.Sync() }

// Numbers of Linux that package syscall does not have (linux/prctl.h, linux/fadvise.h).
const (
	prSetTHPDisable  = 41
	fadviseDontNeed  = 4
	smallGroupMemory = 128 << 20 // bytes
)

// forgetFile takes a file out of the page cache (posix_fadvise(2)).
func forgetFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, fadviseDontNeed, 0, 0); errno != 0 {
		return fmt.Errorf("%s: posix_fadvise: %w", name, errno)
	}
	return nil
}

// withoutHugePages makes this process, and what it executes, one that gets no transparent huge pages (prctl(2)).
func withoutHugePages() error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetTHPDisable, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("prctl(PR_SET_THP_DISABLE): %w", errno)
	}
	return nil
}

// smallGroup makes a control group with little memory, of version 1 or 2. It returns its directory.
func smallGroup() (string, error) {
	var errs []error
	for _, g := range []struct{ root, limit string }{{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"}} {
		dir := filepath.Join(g.root, fmt.Sprintf("gopahole-bench-%d", os.Getpid()))
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			if err = os.WriteFile(filepath.Join(dir, g.limit), []byte(strconv.Itoa(smallGroupMemory)), 0o644); err == nil {
				return dir, nil
			}
			os.Remove(dir)
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// joinGroup puts this process into a control group.
func joinGroup(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o644)
}

// execute executes a program in the place of this one.
func execute(args []string) error { return syscall.Exec(args[0], args, os.Environ()) }
