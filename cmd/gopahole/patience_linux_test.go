package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gopahole/gopahole/outfile"
)

// ignoredSignals is the mask of the signals that this process ignores (proc(5), SigIgn).
func ignoredSignals(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nSigIgn:\t")
	mask, _, _ := strings.Cut(rest, "\n")
	return mask
}

// A run listens to signals when its patience is at its end, or before a file gets a name; and where that is the
// last thing it does, it ignores them until it has ended. In a process of its own, in which they then stay ignored.
func TestPatience(t *testing.T) {
	const env = "GOPAHOLE_PATIENCE_TEST"
	if os.Getenv(env) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPatience$", "-test.v")
		cmd.Env = append(os.Environ(), env+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestPatience")) {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	nothing := func(*command, string) error { return nil }
	write := func(_ *command, dir string) error {
		return outfile.Write(filepath.Join(dir, "file"), bytes.NewReader(nil), outfile.Options{})
	}
	writeDevice := func(*command, string) error {
		return outfile.Write(os.DevNull, bytes.NewReader(nil), outfile.Options{})
	}
	locked := func(_ *command, dir string) error {
		return outfile.Locked(t.Context(), filepath.Join(dir, "file"), func() error { return nil })
	}
	slot := func(c *command, dir string) error {
		fifo := filepath.Join(dir, "fifo")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			return err
		}
		f, err := os.OpenFile(fifo, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := f.WriteString("+"); err != nil {
			return err
		}
		c.env = func(string) (string, bool) { return "-j2 --jobserver-auth=fifo:" + fifo, true }
		slots, end := c.jobSlots(2)
		defer end()
		return slots.Acquire(t.Context())
	}
	defer func(before time.Duration) { patience = before }(patience)
	before := ignoredSignals(t)
	for _, tt := range []struct {
		name     string
		patience time.Duration
		do       func(c *command, dir string) error
		last     bool
		listens  bool
		ignores  bool
	}{
		{"at once", 0, nothing, false, true, false},
		{"nothing happens", time.Hour, nothing, false, false, false},
		{"a file is written", time.Hour, write, false, true, false},
		{"what is no file is written", time.Hour, writeDevice, true, false, false},
		{"a lock", time.Hour, locked, false, true, false},
		{"a slot of make", time.Hour, slot, false, true, false},
		{"the last file is written", time.Hour, write, true, false, true},
		{"the last file, listening already", 0, write, true, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			patience = tt.patience
			c := &command{}
			stop := c.watchSignals()
			if tt.last {
				c.lastResult()
			}
			if err := tt.do(c, t.TempDir()); err != nil {
				t.Error(err)
			}
			if got := c.watch.listens; got != tt.listens {
				t.Errorf("it listens: %v", got)
			}
			if got := ignoredSignals(t) != before; got != tt.ignores {
				t.Errorf("it ignores signals: %v", got)
			}
			c.watch.listen() // as when patience is at its end
			if ignoredSignals(t) != before {
				t.Error("signals are ignored though it listens")
			}
			stop()
		})
	}
}

// A signal that comes at once ends the command in either way, and leaves nothing.
func TestEarlySignal(t *testing.T) {
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond, 500 * time.Millisecond} {
		dir := t.TempDir()
		cmd := exec.Command(path, "-J", "--btf_base=/dev/stdin", "--btf_encode_detached="+filepath.Join(dir, "out"), "point.elf")
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		exit := new(exec.ExitError)
		if err := cmd.Wait(); !errors.As(err, &exit) {
			t.Fatal(err)
		}
		stdin.Close()
		status := exit.Sys().(syscall.WaitStatus)
		if status.Signal() != syscall.SIGTERM && status.ExitStatus() != 128+int(syscall.SIGTERM) {
			t.Errorf("after %v: %v", wait, exit)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("after %v: %v is left, %v", wait, entries, err)
		}
	}
}
