package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/rusage"
	"github.com/gopahole/gopahole/internal/tuning"
)

// A fuzzJob is a command line, with the name of the program, for serveFuzz. A fuzzResult says what came of
// it; Stdout is cut at maxFuzzOutput bytes.
type fuzzJob struct{ Args []string }

type fuzzResult struct {
	Code           int
	Stdout, Stderr []byte
	CPU            int64 // microseconds
	RSS            int64 // bytes, the most so far
}

const (
	maxFuzzOutput = 1 << 20
	fuzzMemory    = 400 << 20 // for objects of less than a megabyte, and a base
)

// serveFuzz runs command lines from standard input, one after the other, for internal/toolfuzz: as the command itself
// would, without a process for each. A panic ends it, as it ends the command.
func serveFuzz() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	tuning.LimitMemory(func(err error) {
		fmt.Fprintln(os.Stderr, "fatal error:", err)
		os.Exit(exitFailure)
	})
	memory.Set(fuzzMemory)
	for {
		var job fuzzJob
		if err := in.Decode(&job); err != nil {
			return
		}
		memory.Reset()
		before := cpuMicroseconds()
		os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // VmHWM begins anew; without, it is that of all jobs
		var stdout, stderr bytes.Buffer
		c := &command{env: func(string) (string, bool) { return "", false }, stdout: &stdout, stderr: &stderr, toBTF: dwarf2btf.Convert}
		var r fuzzResult
		if p, ok := personalities[filepath.Base(job.Args[0])]; ok {
			r.Code = p(c, job.Args[1:])
		} else {
			r.Code = c.run(job.Args[1:])
		}
		r.CPU, r.RSS = cpuMicroseconds()-before, mostMemory()
		r.Stdout, r.Stderr = stdout.Bytes()[:min(stdout.Len(), maxFuzzOutput)], stderr.Bytes()
		if err := out.Encode(&r); err != nil {
			return
		}
	}
}

func cpuMicroseconds() int64 {
	u, _ := rusage.Self()
	return u.CPU.Microseconds()
}

// mostMemory is VmHWM of Linux; 0 elsewhere.
func mostMemory() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
