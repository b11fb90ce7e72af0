package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestStuck: a signal ends what waits for somebody else, in every verb: a pipe that
// nobody reads as output, one that nobody writes to as input. Nothing there looks at a
// context.
func TestStuck(t *testing.T) {
	from := t.TempDir()
	if err := setupScript(&testscript.Env{WorkDir: from}); err != nil {
		t.Fatal(err)
	}
	runCommand(t, from, strings.Fields("gopahole -J --btf_encode_detached=kernel.btf point.elf"), 0)
	files := contents(t, from)
	signals := map[syscall.Signal]string{syscall.SIGINT: "interrupted", syscall.SIGTERM: "terminated", syscall.SIGHUP: "hung up"}
	// What this process ignores, as SIGHUP under nohup, the command ignores as well.
	caught := slices.DeleteFunc(slices.Sorted(maps.Keys(signals)), func(s syscall.Signal) bool { return signal.Ignored(s) })
	for i, run := range []string{
		"gopahole --btf_encode_detached=fifo point.elf",
		"gopahole -J --btf_base=/dev/stdin point.elf",
		"gopahole encode -o out point.elf", // out/point.elf.btf
		"gopahole encode --base=/dev/stdin --in_place point.elf",
		"gopahole gen --base=/dev/stdin driver.ko",
		"gopahole distill --base=base.btf -o fifo ids.ko",
		"gopahole distill --base=/dev/stdin ids.ko",
		"gopahole relocate --base=base.btf -o fifo distilled.ko",
		"gopahole relocate --base=/dev/stdin --check distilled.ko",
		"gopahole verify /dev/stdin",
		"gopahole dump /dev/stdin",
		"resolve_btfids --btf ids.btf -b base.btf ids.ko", // ids.ko.BTF
		"resolve_btfids -b /dev/stdin ids.ko",
		"gopahole resolve_btfids -b /dev/stdin ids.ko",
	} {
		sig := caught[i%len(caught)]
		t.Run(run+" "+signals[sig], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			restore(t, dir, files)
			if err := os.Mkdir(filepath.Join(dir, "out"), 0o777); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"fifo", "out/point.elf.btf", "ids.ko.BTF"} {
				if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			stdin, other, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			defer other.Close() // nothing comes from it
			cmd := commandIn(t, dir, strings.Fields(run))
			var stderr bytes.Buffer
			cmd.Stdin, cmd.Stderr = stdin, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case err := <-ended:
				t.Fatalf("it did not wait: %v, %s", err, &stderr)
			case <-time.After(time.Second):
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				exit := new(exec.ExitError)
				if !errors.As(err, &exit) || exit.ExitCode() != 128+int(sig) {
					t.Errorf("%v, %s", err, &stderr)
				}
			case <-time.After(30 * time.Second):
				cmd.Process.Kill()
				t.Fatal("the signal does not end it")
			}
			if !strings.Contains(stderr.String(), signals[sig]) {
				t.Errorf("%s", &stderr)
			}
			for _, name := range []string{"fifo", "out/point.elf.btf", "ids.ko.BTF"} { // not to be read
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Error(err)
				}
			}
			after := contents(t, dir)
			for name, text := range files {
				if after[name] != text {
					t.Errorf("%s was changed", name)
				}
				delete(after, name)
			}
			for name := range after {
				if strings.HasPrefix(name, "ids.ko.BTF") { // complete, and before the pipe's turn
					continue
				}
				t.Errorf("%s is left", name)
			}
		})
	}
}

// TestIgnoredSignal: a signal that is ignored when the program starts (nohup) stays
// ignored.
func TestIgnoredSignal(t *testing.T) {
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "trap '' HUP; exec "+path+" dump /dev/stdin")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	stdin.Close()
	exit := new(exec.ExitError)
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitUnreadable {
		t.Error(err)
	}
}
