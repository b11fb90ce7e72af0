//go:build linux

// Command guest is the init of the kernels that the acceptance test boots: it loads modules as its plan says, looks at
// what the kernel made of their BTF, and reports. See package protocol.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gopahole/gopahole/internal/kerneltest/protocol"
)

func main() {
	if err := run(); err != nil {
		fmt.Println("guest:", err)
	}
	// The emulator ends instead of starting again.
	unix.Sync()
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART); err != nil {
		fmt.Println("guest: reboot:", err)
	}
}

func run() error {
	for _, fs := range []struct{ kind, dir string }{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}} {
		if err := os.MkdirAll(fs.dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(fs.kind, fs.dir, fs.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", fs.dir, err)
		}
	}
	text, err := os.ReadFile(protocol.PlanFile)
	if err != nil {
		return err
	}
	var plan protocol.Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return fmt.Errorf("%s: %w", protocol.PlanFile, err)
	}

	report := protocol.Report{Release: release(), Log: kernelLog()}
	for _, m := range plan.Modules {
		fmt.Println("guest:", m.Case)
		report.Modules = append(report.Modules, try(m))
	}
	if report.Vmlinux, err = os.ReadFile("/sys/kernel/btf/vmlinux"); err != nil {
		return err
	}
	return send(&report)
}

// try loads a module, looks at it, and removes it.
func try(m protocol.Module) protocol.Result {
	result := protocol.Result{Case: m.Case}
	if err := load(m.File); err != nil {
		result.LoadError = err.Error()
		if errno, ok := err.(unix.Errno); ok {
			result.Errno = int(errno)
		} else {
			result.Errno = -1
		}
		result.Log = kernelLog()
		return result
	}
	raw, err := os.ReadFile(filepath.Join("/sys/kernel/btf", m.Name))
	if err == nil {
		result.BTF = raw
	}
	if err := inspect(m, raw, &result); err != nil {
		result.BTFError = err.Error()
	}
	if !m.Keep {
		if err := unload(m.Name); err != nil {
			result.UnloadError = err.Error()
		}
	}
	result.Log = kernelLog()
	return result
}

func load(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.FinitModule(int(f.Fd()), "", 0)
}

// unload removes a module. BPF programs that used it let go of it some time after they were closed.
func unload(name string) error {
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := unix.DeleteModule(name, unix.O_NONBLOCK)
		if err != unix.EAGAIN || time.Since(start) > 30*time.Second {
			return err
		}
	}
}

// kernelLog returns what the kernel printed since the last call.
func kernelLog() string {
	buf := make([]byte, 1<<20)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_CLEAR, buf)
	if err != nil {
		return "syslog: " + err.Error()
	}
	return string(buf[:n])
}

func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err.Error()
	}
	return unix.ByteSliceToString(u.Release[:])
}

// send writes the report to its serial line, which must not change bytes on the way.
func send(report *protocol.Report) error {
	port, err := os.OpenFile(protocol.ReportPort, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	fd := int(port.Fd())
	mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("%s: %w", protocol.ReportPort, err)
	}
	mode.Iflag, mode.Oflag, mode.Lflag = 0, 0, 0
	mode.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, mode); err != nil {
		return fmt.Errorf("%s: %w", protocol.ReportPort, err)
	}
	if err := report.Write(port); err != nil {
		return fmt.Errorf("%s: %w", protocol.ReportPort, err)
	}
	// Closing waits until everything is sent, for as long as the line's closing_wait, which is long enough.
	if err := unix.IoctlSetInt(fd, unix.TCSBRK, 1); err != nil {
		return fmt.Errorf("%s: drain: %w", protocol.ReportPort, err)
	}
	return port.Close()
}
