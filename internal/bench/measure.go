package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/gopahole/gopahole/internal/rusage"
)

// A usage is what one run took.
type usage struct {
	cpu, wall time.Duration // cpu is user and system time of all threads
	peak      int64         // resident memory, in bytes
}

func (u usage) String() string {
	return fmt.Sprintf("%.2f s CPU, %.2f s, %d MB", u.cpu.Seconds(), u.wall.Seconds(), u.peak>>20)
}

// A pair is one run of each program, one directly after the other.
type pair struct {
	jobs             int
	gopahole, pahole usage
}

func (b *bench) pair(jobs int, paholeFirst bool) (pair, error) {
	p, err := b.alternate(func() (*exec.Cmd, *exec.Cmd) { return b.commands(jobs) }, paholeFirst, true)
	p.jobs = jobs
	return p, err
}

// alternate runs the two programs, one directly after the other. memory says whether their memory is measured.
func (b *bench) alternate(commands func() (gopahole, pahole *exec.Cmd), paholeFirst, memory bool) (pair, error) {
	var p pair
	gopahole, pahole := commands()
	runs := []struct {
		cmd *exec.Cmd
		to  *usage
	}{{gopahole, &p.gopahole}, {pahole, &p.pahole}}
	if paholeFirst {
		runs[0], runs[1] = runs[1], runs[0]
	}
	for _, r := range runs {
		var err error
		if *r.to, err = measure(r.cmd, memory); err != nil {
			return p, err
		}
	}
	return p, nil
}

// measure runs a command. Its usage is the kernel's account of that process alone, as both programs are started
// without a shell or helper in between. Its memory is measured if asked for.
func measure(cmd *exec.Cmd, memory bool) (usage, error) {
	return measureTo(cmd, nil, memory)
}

// measureTo is measure for a command that prints: its standard output goes to a file, unless that is nil.
func measureTo(cmd *exec.Cmd, stdout *os.File, memory bool) (usage, error) {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if stdout != nil {
		cmd.Stdout = stdout
	}
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%q: %w\n%s", cmd.Args, err, &said)
	}
	u := usage{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if !memory {
		return u, nil
	}
	account, ok := rusage.Of(cmd.ProcessState)
	if !ok {
		return u, fmt.Errorf("no account of resources on %s", runtime.GOOS)
	}
	u.peak = account.Peak
	// A child shares its parent's memory until it executes the program, and Linux counts that as its peak. It is only
	// a lower bound that must not be reached.
	if ownPeak() >= u.peak {
		return u, fmt.Errorf("%q: peak memory of %d MB cannot be told from this process's own", cmd.Args, u.peak>>20)
	}
	return u, nil
}

// machine names the processor and what is known of the kernel.
func machine() string {
	name := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	release := "Linux"
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		release += " " + strings.TrimSpace(string(text))
	}
	return fmt.Sprintf("%d x %s, %s", runtime.NumCPU(), name, release)
}
