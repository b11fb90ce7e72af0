//go:build linux

package jobserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestFind(t *testing.T) {
	for _, test := range []struct{ flags, want string }{
		{"", ""},
		{"-j8", ""},
		{"kw -- PAHOLE=gopahole", ""},
		{" -j8 --jobserver-auth=fifo:/tmp/GMfifo1", "fifo:/tmp/GMfifo1"},
		{" -j3 --jobserver-auth=3,4 -- X=1", "3,4"},
		{" --jobserver-fds=5,6 -j", "5,6"},
		{" --jobserver-auth=3,4 --jobserver-auth=fifo:/x", "fifo:/x"},
		{" -- X=--jobserver-auth=3,4 --jobserver-auth=3,4", ""},
	} {
		if got, ok := find(test.flags); got != test.want || ok != (test.want != "") {
			t.Errorf("%q: %q, %v, want %q", test.flags, got, ok, test.want)
		}
	}
}

// What cannot be used is an error and no client, and nothing waits.
func TestUnusable(t *testing.T) {
	if c, err := FromMakeflags("-j8 -k"); c != nil || err != nil {
		t.Errorf("no job server: %v, %v", c, err)
	}
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("+++"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	pipe := func() (r, w int) {
		a, b, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.Close(); b.Close() })
		return int(a.Fd()), int(b.Fd())
	}
	r1, _ := pipe()
	_, w2 := pipe()
	for _, auth := range []string{
		"fifo:" + filepath.Join(dir, "missing"), "fifo:" + plain, "fifo:" + dir, "fifo:", "",
		"3", "a,b", "3,b", "-2,-2", "3,-1", "1000000,1000001",
		fmt.Sprintf("%d,%d", file.Fd(), file.Fd()),
		fmt.Sprintf("%d,%d", r1, w2),
	} {
		c, err := FromMakeflags("--jobserver-auth=" + auth)
		if c != nil || err == nil || !strings.HasPrefix(err.Error(), "jobserver "+auth+": ") {
			t.Errorf("%q: %v, %v", auth, c, err)
		}
	}
}

// servers are both forms of a job server with these tokens. The function counts
// what is left.
func servers(t *testing.T, tokens string, test func(t *testing.T, flags string, left func() string)) {
	t.Run("fifo", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fifo")
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		f.WriteString(tokens)
		test(t, "-j --jobserver-auth=fifo:"+path, func() string { return drain(f) })
	})
	t.Run("pipe", func(t *testing.T) {
		var fds [2]int
		if err := syscall.Pipe(fds[:]); err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fds[0])
		defer syscall.Close(fds[1])
		syscall.Write(fds[1], []byte(tokens))
		test(t, fmt.Sprintf(" -j --jobserver-auth=%d,%d", fds[0], fds[1]), func() string {
			flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fds[0]), syscall.F_GETFL, 0)
			if errno != 0 || flags&syscall.O_NONBLOCK != 0 {
				t.Errorf("the pipe of make is not in blocking mode any more: %#x, %v", flags, errno)
			}
			f, err := openFIFO(fmt.Sprintf("/proc/self/fd/%d", fds[0]))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			return drain(f)
		})
	})
}

// drain reads what is in a pipe.
func drain(f *os.File) string {
	f.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	defer f.SetReadDeadline(time.Time{})
	buf := make([]byte, 100)
	n, _ := f.Read(buf)
	return string(buf[:n])
}

func client(t *testing.T, flags string) *Client {
	t.Helper()
	c, err := FromMakeflags(flags)
	if err != nil || c == nil {
		t.Fatal(c, err)
	}
	return c
}

// Slots are shared by all, never more than there are, and in the end all are there
// again, each as the byte that it was.
func TestSlots(t *testing.T) {
	servers(t, "abc", func(t *testing.T, flags string, left func() string) {
		var used, most atomic.Int32
		var wg sync.WaitGroup
		for range 2 { // two processes
			c := client(t, flags)
			for range 5 {
				wg.Go(func() {
					for range 20 {
						if err := c.Acquire(context.Background()); err != nil {
							t.Error(err)
							return
						}
						n := used.Add(1)
						for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
						}
						time.Sleep(50 * time.Microsecond)
						used.Add(-1)
						c.Release()
					}
				})
			}
			defer c.Close()
		}
		wg.Wait()
		if most.Load() > 3 {
			t.Errorf("%d slots were in use", most.Load())
		}
		got := left()
		if len(got) != 3 || !strings.Contains(got, "a") || !strings.Contains(got, "b") || !strings.Contains(got, "c") {
			t.Errorf("left: %q", got)
		}
	})
}

// A wait can be given up, and takes no slot then.
func TestGiveUp(t *testing.T) {
	servers(t, "+", func(t *testing.T, flags string, left func() string) {
		c := client(t, flags)
		if err := c.Acquire(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		errs := make(chan error)
		for range 3 {
			go func() { errs <- c.Acquire(ctx) }()
		}
		time.Sleep(5 * time.Millisecond)
		cancel()
		for range 3 {
			if err := <-errs; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if err := c.Acquire(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		c.Release()
		c.Release() // one too many does nothing
		if err := c.Acquire(context.Background()); err != nil {
			t.Error(err)
		}
		c.Close()
		c.Close()
		if got := left(); got != "+" {
			t.Errorf("left: %q", got)
		}
		if err := c.Acquire(context.Background()); err == nil {
			t.Error("a slot after Close")
		}
	})
}

// Giving up at the moment in which the slot comes: it is held or not, and none is lost.
func TestGiveUpAsTheSlotComes(t *testing.T) {
	servers(t, "+", func(t *testing.T, flags string, left func() string) {
		c := client(t, flags)
		for range 500 {
			ctx, cancel := context.WithCancel(context.Background())
			go cancel()
			if c.Acquire(ctx) == nil {
				c.Release()
			}
		}
		c.Close()
		if got := left(); got != "+" {
			t.Errorf("%q is left", got)
		}
	})
}

// TestMake asks make itself, which complains when slots are missing at its end.
func TestMake(t *testing.T) {
	if os.Getenv("JOBSERVER_CHILD") != "" {
		child(t)
		return
	}
	path, err := exec.LookPath("make")
	if err != nil {
		t.Skip("no make")
	}
	dir := t.TempDir()
	makefile := "all: 1 2 3 4\n1 2 3 4:\n\t+@$(TEST) -test.run '^TestMake$$'\n.PHONY: all 1 2 3 4\n"
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(makefile), 0o644); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, style := range []string{"", "--jobserver-style=fifo", "--jobserver-style=pipe"} {
		args := []string{"-C", dir, "-j3", "TEST=" + self}
		if style != "" {
			args = append(args, style)
		}
		cmd := exec.Command(path, args...)
		cmd.Env = append(os.Environ(), "JOBSERVER_CHILD=1", "MAKEFLAGS=", "GOCOVERDIR="+dir)
		out, err := cmd.CombinedOutput()
		if style != "" && strings.Contains(string(out), "unrecognized option") {
			t.Log("make is older than 4.4 and has one form only")
			break
		}
		if err != nil || strings.Contains(strings.ToLower(string(out)), "jobserver") || strings.Count(string(out), "PASS") != 4 {
			t.Errorf("%s: %v\n%s", style, err, out)
		}
	}
}

// child is what TestMake's makefile runs: it takes slots, gives some back, and lets
// Close do the rest.
func child(t *testing.T) {
	c := client(t, os.Getenv("MAKEFLAGS"))
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	for i := range 4 {
		if err := c.Acquire(ctx); err == nil && i%2 == 0 {
			c.Release()
		}
	}
}
