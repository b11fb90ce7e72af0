package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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
	seed := l.seed<<32 + uint64(number)
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &subject{lane: l, item: l.corpus.pick(rng), seed: seed, number: number, runner: l.plain}
	switch {
	case l.raceShare > 0 && rng.IntN(l.raceShare) == 0:
		s.runner = l.race
	case l.realShare > 0 && rng.IntN(l.realShare) == 0:
		s.runner = l.real
	}
	if names := slices.Sorted(maps.Keys(s.item.beside)); len(names) > 0 && rng.IntN(2) == 0 {
		s.beside = names[rng.IntN(len(names))]
	}
	s.plan = mutate.NewPlan(seed, l.corpus.others, l.valid)
	data, names := s.plan.Apply(s.original(), mutate.All)
	found, err := s.try(data, names)
	if err != nil {
		return err
	}
	for _, f := range found {
		if l.findings.isNew(f) {
			if f, err = s.minimise(f, data, names); err != nil {
				return err
			}
		}
		if err := l.findings.add(f); err != nil {
			return err
		}
	}
	return nil
}

// A subject is an item with changes, of which several versions are tried when there is a finding.
type subject struct {
	*lane
	item   *item
	beside string // what is changed is this file beside the item; "" for the item
	seed   uint64
	number int64
	plan   *mutate.Plan
	runner runner
}

// original is the file that is changed.
func (s *subject) original() []byte {
	if s.beside != "" {
		return s.item.beside[s.beside]
	}
	return s.item.data
}

// try runs the scenario of the subject on a version of it. The scenario is the same each time as far as the results
// are.
func (s *subject) try(data []byte, names []string) ([]*finding, error) {
	rng := rand.New(rand.NewPCG(s.seed, 2))
	t := &trial{
		lane: s.lane, rng: rng, item: s.item, runner: s.runner,
		name: "object", data: data, beside: s.item.beside, what: append(names, "nothing"),
	}
	if s.beside != "" {
		t.data, t.beside = s.item.data, t.beside.with(s.beside, data)
	}
	t.object = fmt.Sprintf("seed %d, number %d, %s: %s", s.lane.seed, s.number, s.item.name, strings.Join(names, "; "))
	if s.beside != "" {
		t.object += ", in " + s.beside
	}
	if len(s.item.bases) > 0 {
		t.base = s.item.bases[rng.IntN(len(s.item.bases))]
	}
	t.scenario(mutate.New(rand.New(rand.NewPCG(s.seed, 3)), s.corpus.others))
	return t.found, t.err
}
