package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gopahole/gopahole/internal/cores"
)

// coresBench says how long the encoding of vmlinux takes with more processors than there are: runs are recorded, with as
// many workers as in question, and replayed with as many processors (package cores). With one worker and with two, real
// runs follow each recorded one, by which the replay is checked.
type coresBench struct {
	*bench
	recorder string // the command in a build that can record
}

// workerCounts are what is replayed.
var workerCounts = []int{1, 2, 4, 8, 16, 32, 64}

// replayed is what one round found out about a number of workers.
type replayed struct {
	jobs     int
	schedule *cores.Schedule
	real     usage
}

// maxDeviation is how far a replay may be from a real run.
const maxDeviation = 0.10

func (c *coresBench) run(w io.Writer, kernel string, rounds int) error {
	if err := c.checkEqual(); err != nil {
		return err
	}
	c.recorder = filepath.Join(c.dir, "gopahole-cores")
	if err := build(c.recorder, "-tags=cores"); err != nil {
		return err
	}
	found := make(map[int][]replayed)
	for round := range rounds {
		for _, jobs := range workerCounts {
			r, err := c.replay(jobs)
			if err != nil {
				return err
			}
			found[jobs] = append(found[jobs], r)
			fmt.Fprintf(os.Stderr, "round %d, -j%d: %.3f s in the replay, real: %s\n", round+1, jobs, r.schedule.Wall.Seconds(), r.real)
		}
	}
	if err := c.describe(w, c.vmlinux, kernel); err != nil {
		return err
	}
	return printReplays(w, found)
}

// replay records a run and replays it, and measures a real one.
func (c *coresBench) replay(jobs int) (replayed, error) {
	r := replayed{jobs: jobs}
	file := filepath.Join(c.dir, "cores.json")
	cmd, _ := c.commands(jobs)
	output := filepath.Join(c.dir, "gopahole.btf")
	record := exec.Command(c.recorder, cmd.Args[1:]...)
	record.Env = []string{"GOPAHOLE_CORES=" + file}
	took, err := measure(record, false)
	if err != nil {
		return r, err
	}
	if err := same(output, filepath.Join(c.dir, "pahole.btf")); err != nil {
		return r, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return r, err
	}
	var trace cores.Trace
	if err := json.Unmarshal(data, &trace); err != nil {
		return r, fmt.Errorf("%s: %w", file, err)
	}
	trace.After = max(0, took.cpu-trace.Sum())
	r.schedule = cores.Replay(trace.Steps(jobs), jobs)
	r.real, err = measure(cmd, true)
	return r, err
}

// printReplays prints the medians, and of what the critical paths consist. The error is about a replay that differs from
// the real run.
func printReplays(w io.Writer, found map[int][]replayed) error {
	walls := make(map[int]float64)
	fmt.Fprintln(w, "| workers | wall by replay | times faster than one | sum of the steps | wall of a real run | peak memory of a real run |")
	fmt.Fprintln(w, "|---:|---:|---:|---:|---:|---:|")
	var err error
	for _, jobs := range workerCounts {
		var replay, sum, real, peaks []float64
		for _, r := range found[jobs] {
			replay = append(replay, r.schedule.Wall.Seconds())
			sum = append(sum, r.schedule.Work().Seconds())
			real, peaks = append(real, wall(r.real)), append(peaks, peak(r.real))
		}
		walls[jobs] = median(replay)
		shown := "" // of more workers than processors a real run says little
		if jobs <= 2 {
			shown = fmt.Sprintf("%.3f s", median(real))
			if d := median(replay)/median(real) - 1; math.Abs(d) > maxDeviation {
				err = fmt.Errorf("%d workers: the replay is %+.0f %% off the real run; is the machine busy?", jobs, 100*d)
			}
		}
		fmt.Fprintf(w, "| %d | %.3f s | %.1f | %.3f s | %s | %.0f MB |\n", jobs, walls[jobs], walls[1]/walls[jobs], median(sum), shown, median(peaks))
	}
	fmt.Fprintln(w)
	for _, jobs := range workerCounts {
		var shares []string
		last := found[jobs][len(found[jobs])-1].schedule
		for _, share := range last.CriticalPath() {
			if share.Time >= time.Millisecond/2 {
				shares = append(shares, fmt.Sprintf("%s %.1f", share.Name, share.Time.Seconds()*1000))
			}
		}
		fmt.Fprintf(w, "- critical path with %d, in ms: %s\n", jobs, strings.Join(shares, ", "))
	}
	return err
}
