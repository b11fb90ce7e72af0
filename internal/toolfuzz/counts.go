package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gopahole/gopahole/internal/rusage"
)

// counts says what a campaign has done.
type counts struct {
	objects         atomic.Int64
	commands        atomic.Int64
	accepted        atomic.Int64 // commands that succeeded
	compared        atomic.Int64 // results compared with pahole's
	paholeComplains atomic.Int64 // results of which pahole says that something is missing
	paholeDiffers   atomic.Int64 // results that differ, of files with a damaged structure
	paholeNothing   atomic.Int64 // results of which pahole wrote none
	libbpf          atomic.Int64 // results that libbpf read
	raced           atomic.Int64 // commands with the race detector
	real            atomic.Int64 // commands in processes of their own
	tool            atomic.Int64 // CPU microseconds of gopahole

	mu      sync.Mutex
	slowest int64  // CPU microseconds of a command line without the race detector
	slow    string // which it was
	largest int64  // bytes of memory of one

	started time.Time
	before  time.Duration
	running sync.Map // the IDs of processes that are not waited for yet
}

// note looks whether a command line took the most time or memory.
func (c *counts) note(r *result, verb, object string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.largest = max(c.largest, r.RSS); r.CPU > c.slowest {
		c.slowest, c.slow = r.CPU, verb+" of "+object
	}
}

// most says what took the most.
func (c *counts) most() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("the most that a command took: %.2f s (%s), %d MB", float64(c.slowest)/1e6, c.slow, c.largest>>20)
}

func (c *counts) begin() {
	c.started, c.before = time.Now(), c.cpu()
}

// cpu is the CPU time of this process and its children.
func (c *counts) cpu() time.Duration {
	self, _ := rusage.Self()
	ended, _ := rusage.Children()
	sum := self.CPU + ended.CPU
	c.running.Range(func(pid, _ any) bool {
		sum += processCPU(pid.(int))
		return true
	})
	return sum
}

// processCPU is the CPU time of a process of Linux (proc_pid_stat(5), utime and stime).
func processCPU(pid int) time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * (time.Second / 100)
}

func (c *counts) String() string {
	of := fmt.Sprintf("%d ended with 0, %d with the race detector, %d processes", c.accepted.Load(), c.raced.Load(), c.real.Load())
	return fmt.Sprintf("%d objects, %d commands (%s), %d results compared with pahole's, %d read by libbpf, "+
		"CPU %.0f s in all, %.0f s in gopahole, %.0f s passed",
		c.objects.Load(), c.commands.Load(), of, c.compared.Load(), c.libbpf.Load(),
		(c.cpu() - c.before).Seconds(), float64(c.tool.Load())/1e6, time.Since(c.started).Seconds())
}

func (c *counts) json() string {
	numbers := map[string]any{"cpu": (c.cpu() - c.before).Seconds(), "tool": float64(c.tool.Load()) / 1e6}
	for name, n := range map[string]*atomic.Int64{
		"objects": &c.objects, "commands": &c.commands, "accepted": &c.accepted, "raced": &c.raced, "real": &c.real,
		"compared": &c.compared, "pahole_nothing": &c.paholeNothing, "pahole_differs": &c.paholeDiffers,
		"pahole_complains": &c.paholeComplains, "libbpf": &c.libbpf,
	} {
		numbers[name] = n.Load()
	}
	text, _ := json.Marshal(numbers) // numbers only
	return string(text)
}
