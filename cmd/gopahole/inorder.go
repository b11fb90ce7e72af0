package main

import (
	"runtime"
	"sync"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/internal/tuning"
	"github.com/gopahole/gopahole/internal/workers"
)

// jobsFlag is the option -j of verbs that take many files.
func jobsFlag(fs *pflag.FlagSet, jobs *int, does string) {
	*jobs = runtime.NumCPU()
	fs.VarP(&jobsValue{n: jobs}, "jobs", "j", does+" `N` files at a time; as many as there are processors by default")
}

// useProcessors lets the program have as many processors as workers can use, until restore.
func useProcessors(jobs int) (restore func()) {
	before := runtime.GOMAXPROCS(max(1, min(jobs, runtime.NumCPU())))
	return func() { runtime.GOMAXPROCS(before) }
}

// A needy file takes so many bytes of memory, about, when it is looked at.
type needy interface {
	need() int64
	called() string // its name, for people
}

// A fated result says what became of its file.
type fated interface{ fate() fate }

// inOrder looks at files with so many workers and takes the results in the order of the files,
// one at a time. Few results wait for their turn, and files that are looked at together fit into
// memory.
func inOrder[F needy, T fated](c *command, jobs int, files []F, look func(i int, result *T), take func(i int, result *T) error) error {
	c.collector.ExpectMany(jobs)
	defer useProcessors(jobs)()
	slots, endSlots := c.jobSlots(jobs)
	defer endSlots()
	r := newRoom(jobs, tuning.FreeMemory())
	n := c.newTallyOf(len(files))
	defer n.close()
	stderr := c.stderr
	if n.bar != nil { // messages go above it
		c.stderr = n.bars
		defer func() { c.stderr = stderr }()
	}
	taken := func(i int, result *T) error {
		err := take(i, result)
		n.ends(1, (*result).fate())
		return err
	}
	return workers.InOrder(c.context(), workers.New(jobs, slots), len(files), func() func(int, *T) {
		return func(i int, result *T) {
			room := r.take(files[i].need())
			defer r.give(room)
			n.begins(files[i].called())
			look(i, result)
		}
	}, taken)
}

// called implements needy.
func (o operand) called() string { return o.path }

// need implements needy for verbs that only look at BTF. A file that is compressed is read as a
// whole; of others BTF is a part, and a small one if they have DWARF.
func (o operand) need() int64 {
	if bulk := bulkOf(o.path, o.size); bulk != o.size {
		return bulk
	}
	return o.size / 4
}

// A room is memory that files share.
type room struct {
	mu      sync.Mutex
	changed sync.Cond
	left    int64 // bytes
	most    int64 // that one file counts for
}

// newRoom returns the room for so many workers, if there are free bytes of memory.
func newRoom(jobs int, free int64) *room {
	r := new(room)
	r.left, r.most = roomFor(jobs, free)
	r.changed.L = &r.mu
	return r
}

// take waits until there is room for n bytes, and returns what to give back. What is larger than
// all of the room gets all of it.
func (r *room) take(n int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	n = min(n, r.most)
	for n > r.left {
		r.changed.Wait()
	}
	r.left -= n
	return n
}

// give gives room back.
func (r *room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
	r.changed.Broadcast()
}
