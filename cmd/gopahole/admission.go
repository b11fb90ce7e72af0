package main

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"sync"

	"github.com/gopahole/gopahole/internal/tuning"
)

const (
	// A module takes up to moduleBase bytes and half of the size of its file, beside the base
	// of the batch. Of the modules of 6.12 (all machines) the largest ones take 0.2 to 0.6 of
	// their size.
	moduleBase = 16 << 20

	// compression is how many times larger the file of a module may be than its compressed
	// form, at most: that of .ko.xz with DWARF is 4 to 7 times.
	compression = 8

	// A batch may take largeModule bytes for one worker, and smallModule for each other one:
	// one large module at a time with two workers, two with five.
	largeModule = 80 << 20
	smallModule = 24 << 20
)

// bulk is about how large the file of a module is when it is not compressed, in bytes.
func (m *batchModule) bulk() int64 { return bulkOf(m.path, m.size) }

// bulkOf is about how large a file of size bytes is when it is not compressed.
func bulkOf(path string, size int64) int64 {
	size = min(size, 1<<48) // more than that is a hole
	if withoutCompression(path) != path {
		size *= compression
	}
	return size
}

// roomFor is how many bytes the files of a batch with so many workers may take together, if there
// are free bytes of memory for it, and how many one of them counts for at most.
func roomFor(jobs int, free int64) (room, most int64) {
	room = largeModule + smallModule*int64(jobs-1)
	if free = free / 4 * 3; free < room { // the rest is for garbage
		room = max(free, 1)
		return room, room
	}
	return room, largeModule
}

// called implements needy.
func (m *batchModule) called() string { return m.path }

// need is about how much memory it takes to encode a module, in bytes.
func (m *batchModule) need() int64 { return moduleBase + m.bulk()/2 }

// An admission hands out the modules of a batch so that those at work together fit into
// memory. The largest come first, so that at the end no worker is left alone with one. While
// there is no room for the next one, a smaller one is taken: the large one comes when one
// that is as large is done.
type admission struct {
	mu      sync.Mutex
	changed sync.Cond
	left    []*batchModule // the largest need first
	room    int64          // bytes
	most    int64          // that one module counts for
	jobs    int            // workers
	bulk    int64          // of all modules
	working int            // modules
	taken   int            // modules so far
	again   []*batchModule // those that had not enough memory beside others
}

// A place is that of a module at work.
type place struct {
	module *batchModule
	jobs   int // workers for its units
	alone  int // how many modules were taken before, if no other was at work; else -1
}

// newAdmission returns the admission for a batch with so many workers, if there are free bytes
// of memory for it.
func newAdmission(modules []*batchModule, jobs int, free int64) *admission {
	a := &admission{left: slices.Clone(modules), jobs: jobs}
	a.room, a.most = roomFor(jobs, free)
	a.changed.L = &a.mu
	for _, m := range modules {
		a.bulk += m.bulk()
	}
	slices.SortStableFunc(a.left, func(m, n *batchModule) int { return cmp.Compare(n.need(), m.need()) })
	return a
}

// counts is the room that a module takes. One that needs all of it, or more, is alone.
func (a *admission) counts(m *batchModule) int64 { return min(m.need(), a.most) }

// share returns how many workers encode the units of a module. Where there are many, one large
// module must not take longer than all others together.
func (a *admission) share(m *batchModule) int {
	return max(1, int(float64(a.jobs)*float64(m.bulk())/float64(max(a.bulk, 1))))
}

// next waits until there is room for a module that is left, and gives it a place. It returns
// nil if there is none, and after the end of the context.
func (a *admission) next(ctx context.Context) *place {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		if len(a.left) == 0 || ctx.Err() != nil {
			return nil
		}
		if p := a.take(); p != nil {
			return p
		}
		a.changed.Wait()
	}
}

// take gives a place to the first module that fits. It returns nil if none does.
func (a *admission) take() *place {
	// What is over the limit has to be given up first, or no other module gets on.
	if tuning.OverLimit() {
		if a.working > 0 {
			return nil
		}
		tuning.GiveBack()
	}
	i := sort.Search(len(a.left), func(i int) bool { return a.counts(a.left[i]) <= a.room })
	if i == len(a.left) {
		return nil
	}
	m := a.left[i]
	p := &place{module: m, jobs: a.share(m), alone: -1}
	copy(a.left[1:], a.left[:i]) // the few that do not fit
	a.left = a.left[1:]
	a.room -= a.counts(p.module)
	if a.working == 0 {
		p.alone = a.taken
	}
	a.working++
	a.taken++
	return p
}

// retries reports whether a module with an error has to be encoded again when the others are
// done, as there was not enough memory beside them. It then is in again.
func (a *admission) retries(p *place, err error) bool {
	if !tuning.NotEnoughMemory(err) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.jobs == 1 && p.alone == a.taken-1 {
		return false // nobody else had anything
	}
	a.again = append(a.again, p.module)
	return true
}

// done gives back the room of a module.
func (a *admission) done(p *place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.room += a.counts(p.module)
	a.working--
	a.changed.Broadcast()
}
