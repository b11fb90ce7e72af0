package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// samplePeriod is how often the memory of processes is looked at. A process of a small module takes 20 ms.
const samplePeriod = 4 * time.Millisecond

// peakOf runs a command and returns the largest sum of memory that was seen of it and the processes that it started, in
// bytes. It is their proportional set size (proc_pid_smaps(5)): a page that several share counts once.
func peakOf(cmd *exec.Cmd) (int64, error) {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var peak int64
	for {
		select {
		case err := <-ended:
			if err == nil && peak == 0 {
				err = errors.New("its memory was never seen")
			}
			if err != nil {
				return 0, fmt.Errorf("%q: %w\n%s", cmd.Args[:min(len(cmd.Args), 10)], err, &said)
			}
			return peak, nil
		case <-time.After(samplePeriod):
			peak = max(peak, treePSS("/proc", cmd.Process.Pid))
		}
	}
}

// treePSS returns the memory of a process and of its descendants, in bytes, as proc says it. A process that ends meanwhile
// counts nothing.
func treePSS(proc string, pid int) int64 {
	dir := filepath.Join(proc, strconv.Itoa(pid))
	text, err := os.ReadFile(filepath.Join(dir, "smaps_rollup"))
	if err != nil {
		return 0
	}
	sum := pssOf(string(text))
	tasks, _ := filepath.Glob(filepath.Join(dir, "task", "*", "children"))
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for _, child := range strings.Fields(string(children)) {
			if n, err := strconv.Atoi(child); err == nil {
				sum += treePSS(proc, n)
			}
		}
	}
	return sum
}

// pssOf returns the proportional set size in the text of smaps_rollup, in bytes.
func pssOf(text string) int64 {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "Pss:" && fields[2] == "kB" {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
