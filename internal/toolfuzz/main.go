// Command toolfuzz runs every verb of gopahole on changed copies of real files, and looks for what must never happen:
//
//	go run ./internal/toolfuzz [-minutes 2] [-objects N] [-seed N] [-lanes 2] [-findings DIR]
//
// The files are modules, parts of vmlinux, also in images of kernels, and BTF of the peers' kernels (see
// package peer), objects of many machines and the small kernel of the documents from testdata, and compressed
// forms of these. Package mutate changes them. An object goes through a scenario of some ten command lines; see scenario.go for these, and
// check.go for what has to hold after each: no panic, race or hang, time and memory in proportion, a
// documented exit status, a message of one line that names the file, nothing written after an error and
// nothing but the output after success, output that gopahole and libbpf read, the same bytes with any number
// of jobs. Of some objects pahole makes BTF as well, which is compared.
//
// Most command lines run in one long process, a test binary of the command (cmd/gopahole/toolfuzz_test.go), some in one
// with the race detector, and some in processes of the real program with limits on memory and time.
//
// A finding is a directory with the files and the command line. Its seed and the number of its object, given as -seed
// and -first with -objects 1, make it again from the same corpus. The exit status is 1 if there are findings.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gopahole/gopahole/internal/peer"
)

func main() {
	var c campaign
	minutes := flag.Float64("minutes", 2, "end after so many minutes")
	flag.Int64Var(&c.objects, "objects", 1<<40, "end after so many objects")
	flag.Uint64Var(&c.seed, "seed", uint64(time.Now().Unix()), "what all is decided by")
	flag.Int64Var(&c.first, "first", 0, "the number of the first object")
	lanes := flag.Int("lanes", 2, "how many objects are worked on at a time")
	findings := flag.String("findings", "", "the directory for findings; a temporary one by default")
	state := flag.String("state", "", "a file for the counts, written every minute")
	flag.IntVar(&c.paholeShare, "pahole", 0, "compare one in so many results with pahole's; 0: none")
	flag.IntVar(&c.raceShare, "race", 15, "run one in so many objects with the race detector; 0: none")
	flag.IntVar(&c.realShare, "real", 12, "run one in so many objects with the real program; 0: none")
	flag.IntVar(&c.libbpfShare, "libbpf", 10, "have libbpf read one in so many results; 0: none")
	flag.BoolVar(&c.valid, "valid", false, "only changes that leave the structure of files as it is, for -pahole")
	flag.Parse()
	err := c.run(*minutes, *lanes, *findings, *state)
	if err != nil {
		fmt.Fprintln(os.Stderr, "toolfuzz:", err)
		os.Exit(1)
	}
}

// A campaign is one run of the command.
type campaign struct {
	seed           uint64
	objects, first int64
	paholeShare    int
	raceShare      int
	realShare      int
	libbpfShare    int
	valid          bool

	peers    *peer.Peers
	programs programs
	corpus   *corpus
	findings *findings
	counts   counts
	next     atomic.Int64
	stop     atomic.Bool
}

func (c *campaign) run(minutes float64, lanes int, findingsDir, state string) error {
	var err error
	if c.peers, err = peer.FromEnv(); err != nil {
		return err
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	scratch, err := scratchDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if findingsDir == "" {
		if findingsDir, err = os.MkdirTemp("", "toolfuzz-findings-*"); err != nil {
			return err
		}
		defer os.Remove(findingsDir) // if there are none
	}
	if c.findings, err = openFindings(findingsDir); err != nil {
		return err
	}
	if c.programs, err = buildPrograms(scratch, c.raceShare > 0); err != nil {
		return err
	}
	if c.corpus, err = c.makeCorpus(scratch); err != nil {
		return err
	}
	fmt.Printf("toolfuzz: seed %d, %d files, findings in %s\n", c.seed, len(c.corpus.items), findingsDir)
	c.counts.begin()
	c.next.Store(c.first)
	end := time.After(time.Duration(minutes * float64(time.Minute)))
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	for n := range lanes {
		wg.Go(func() {
			if err := c.lane(scratch, n); err != nil {
				failed.Store(&err)
				c.stop.Store(true)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	tick := time.NewTicker(time.Minute)
	for running := true; running; {
		select {
		case <-interrupted:
			c.stop.Store(true)
		case <-end:
			c.stop.Store(true)
		case <-tick.C:
			c.report(state)
		case <-done:
			running = false
		}
	}
	c.report(state)
	fmt.Printf("toolfuzz: %s\n%s", c.counts.most(), c.findings.summary())
	if err := failed.Load(); err != nil {
		return *err
	}
	if n := c.findings.total(); n > 0 {
		return fmt.Errorf("%d findings of %d classes, see %s", n, c.findings.classes(), findingsDir)
	}
	return nil
}

// lane works on objects, one after the other.
func (c *campaign) lane(scratch string, n int) error {
	l, err := c.newLane(scratch, n)
	if err != nil {
		return err
	}
	defer l.close()
	for !c.stop.Load() {
		object := c.next.Add(1) - 1
		if object >= c.first+c.objects {
			return nil
		}
		if err := l.object(object); err != nil {
			return fmt.Errorf("object %d: %w", object, err)
		}
		c.counts.objects.Add(1)
	}
	return nil
}

// report prints the counts, and writes them to a file.
func (c *campaign) report(state string) {
	text := c.counts.String() + fmt.Sprintf(", %d findings of %d classes", c.findings.total(), c.findings.classes())
	fmt.Println("toolfuzz:", text)
	if state != "" {
		_ = os.WriteFile(state, []byte(text+"\n"+c.counts.json()+"\n"), 0o644) // it is information
	}
}
