package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gopahole/gopahole/internal/mutate"
)

const sigQuit = syscall.SIGQUIT

// scratchDir makes a directory, in memory if there is one that is: many small files are written.
func scratchDir() (string, error) {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return os.MkdirTemp("/dev/shm", "toolfuzz-*")
	}
	return os.MkdirTemp("", "toolfuzz-*")
}

// A lane works on one object at a time.
type lane struct {
	*campaign
	dir     string // for the files of a command line
	peerDir string // for those that peers see
	plain   *worker
	race    *worker
	real    processes
}

func (c *campaign) newLane(scratch string, n int) (*lane, error) {
	l := &lane{campaign: c, dir: filepath.Join(scratch, fmt.Sprintf("lane%d", n))}
	l.plain = &worker{program: c.programs.worker, counts: &c.counts}
	l.race = &worker{program: c.programs.race, race: true, counts: &c.counts}
	l.real = processes{c.programs.real, &c.counts}
	var err error
	l.peerDir, err = os.MkdirTemp(c.peers.Dir(), "toolfuzz-*")
	return l, err
}

func (l *lane) close() {
	l.plain.close()
	l.race.close()
	os.RemoveAll(l.peerDir)
}

// object makes the object of a number and runs its scenario. All is decided by the seed and the number.
func (l *lane) object(number int64) error {
	rng := rand.New(rand.NewPCG(l.seed, uint64(number)+1000))
	i := l.corpus.pick(rng)
	m := mutate.New(rng, l.corpus.others)
	data, what := m.Object(i.data)
	t := &trial{lane: l, rng: rng, item: i, data: data, runner: l.plain, name: "object", what: append(what, "nothing")}
	t.object = fmt.Sprintf("seed %d, number %d, %s: %s", l.seed, number, i.name, strings.Join(what, "; "))
	switch {
	case l.raceShare > 0 && rng.IntN(l.raceShare) == 0:
		t.runner = l.race
	case l.realShare > 0 && rng.IntN(l.realShare) == 0:
		t.runner = l.real
	}
	if len(i.bases) > 0 {
		t.base = i.bases[rng.IntN(len(i.bases))]
	}
	t.scenario(m)
	return t.err
}
