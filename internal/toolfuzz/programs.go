package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// programs are the builds of gopahole.
type programs struct {
	real   string // the program as users have it
	worker string // a test binary, which runs many command lines
	race   string // the same with the race detector; "" for none
}

// workerName is the name under which a test binary of cmd/gopahole is a worker.
const workerName = "toolfuzz-worker"

func buildPrograms(dir string, race bool) (p programs, err error) {
	p = programs{real: filepath.Join(dir, "real", "gopahole"), worker: filepath.Join(dir, "plain", workerName)}
	builds := [][]string{{"build", "-o", p.real, "./cmd/gopahole"}, {"test", "-c", "-o", p.worker, "./cmd/gopahole"}}
	if race {
		p.race = filepath.Join(dir, "race", workerName)
		builds = append(builds, []string{"test", "-race", "-c", "-o", p.race, "./cmd/gopahole"})
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return p, fmt.Errorf("go list: %w", err)
	}
	for _, args := range builds {
		cmd := exec.Command("go", args...)
		cmd.Dir = strings.TrimSpace(string(root))
		if out, err := cmd.CombinedOutput(); err != nil {
			return p, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return p, nil
}

// A result is what came of a command line.
type result struct {
	Code           int
	Stdout, Stderr []byte
	CPU            int64 // microseconds
	RSS            int64 // bytes
	died           string
}

// Limits on one command line. Objects are of some hundred kilobytes.
const (
	addressSpace = 6 << 30 // bytes; what the runtime reserves is a part of it
	cpuLimit     = 10 * time.Second
	cpuLimitRace = 120 * time.Second
	wallLimit    = 10 * time.Minute // the machine may have other things to do
)

// A runner runs command lines.
type runner interface {
	run(args []string) (*result, error)
	close()
}

// A worker is a process that runs command lines one after the other, and is started anew when one has ended it.
type worker struct {
	program string
	race    bool
	counts  *counts

	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *json.Decoder
	stderr *bytes.Buffer
	jobs   int
}

// maxJobs is how many command lines a process runs: files that were left open, or memory, would add up.
const maxJobs = 5000

func (w *worker) start() error {
	w.cmd = limited(w.race, w.program)
	w.cmd.Env = append(os.Environ(), "GOTRACEBACK=all", "GORACE=halt_on_error=1")
	w.stderr = new(bytes.Buffer)
	w.cmd.Stderr = w.stderr
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	w.in, w.out, w.jobs = in, json.NewDecoder(out), 0
	if err := w.cmd.Start(); err != nil {
		return err
	}
	w.counts.running.Store(w.cmd.Process.Pid, true)
	return nil
}

// limited is a command with a limit on its memory, unless the race detector needs more.
func limited(race bool, program string, args ...string) *exec.Cmd {
	if race {
		return exec.Command(program, args...)
	}
	return exec.Command("prlimit", append([]string{fmt.Sprintf("--as=%d", int64(addressSpace)), program}, args...)...)
}

func (w *worker) run(args []string) (*result, error) {
	if w.cmd == nil {
		if err := w.start(); err != nil {
			return nil, err
		}
	}
	job, err := json.Marshal(map[string]any{"Args": args})
	if err != nil {
		return nil, err
	}
	limit := cpuLimit
	if w.race {
		limit = cpuLimitRace
		w.counts.raced.Add(1)
	}
	killed := make(chan string, 1)
	ended := make(chan struct{})
	go func() { killed <- watch(w.cmd, limit, ended) }()
	r := new(result)
	_, err = w.in.Write(append(job, '\n'))
	if err == nil {
		err = w.out.Decode(r)
	}
	close(ended)
	if why := <-killed; why != "" {
		r.died = why
	}
	if w.jobs++; err == nil && r.died == "" {
		if w.jobs >= maxJobs {
			w.close()
		}
		w.counts.tool.Add(r.CPU)
		return r, nil
	}
	w.wait()
	if r.died == "" {
		r.died = "died"
	}
	r.Code, r.Stderr = w.cmd.ProcessState.ExitCode(), w.stderr.Bytes()
	w.cmd = nil
	return r, nil
}

// watch ends a process that takes too long, with the signal on which the Go runtime prints what it is doing, and says
// so.
func watch(cmd *exec.Cmd, limit time.Duration, ended chan struct{}) (why string) {
	before, started := processCPU(cmd.Process.Pid), time.Now()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return why
		case <-tick.C:
		}
		switch {
		case why != "":
		case processCPU(cmd.Process.Pid)-before > limit:
			why = "takes too much CPU time"
		case time.Since(started) > wallLimit:
			why = "hangs"
		default:
			continue
		}
		_ = cmd.Process.Signal(sigQuit) // it may have ended
	}
}

func (w *worker) wait() {
	_ = w.cmd.Wait() // its state is what counts
	w.counts.running.Delete(w.cmd.Process.Pid)
}

func (w *worker) close() {
	if w.cmd != nil {
		_ = w.in.Close()
		w.wait()
		w.cmd = nil
	}
}

// processes runs each command line in a process of its own.
type processes struct {
	program string
	counts  *counts
}

func (p processes) close() {}

func (p processes) run(args []string) (*result, error) {
	program := filepath.Join(filepath.Dir(p.program), args[0])
	if args[0] != "gopahole" {
		if err := os.Symlink(p.program, program); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	cmd := limited(false, program, args[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	killed := make(chan string, 1)
	go func() { killed <- watch(cmd, cpuLimit, ended) }()
	err := cmd.Wait()
	close(ended)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	p.counts.real.Add(1)
	state := cmd.ProcessState
	used := state.UserTime() + state.SystemTime()
	r := &result{Code: state.ExitCode(), Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), CPU: used.Microseconds()}
	p.counts.tool.Add(r.CPU)
	if r.died = <-killed; r.died == "" && (r.Code == 2 || r.Code < 0) && bytes.Contains(r.Stderr, []byte("goroutine ")) {
		r.died = "died"
	}
	return r, nil
}
