package tuning

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/internal/memory"
)

// garbageBound says by how much the heap may grow until it is collected again: by a
// percentage of what is live, or by a number of bytes if that is less.
//
// Encoding holds little that dies young, and peak memory is what users count. A
// large heap is no more work to collect than a small one: nearly all of it is tables
// without pointers.
type garbageBound struct {
	percent, most uint64

	// A heap that would grow beyond usual bytes may grow by few bytes instead, or by
	// what is left below usual if that is more.
	usual, few uint64
}

// oneFile: of amdgpu.ko of a full kernel the peak was 264 MB without a bound in bytes, and
// 197 MB with 8 MB, with no difference in time. With 4 MB a kernel takes 4 MB less, in the
// same time.
var oneFile = garbageBound{percent: 50, most: 4 << 20, usual: math.MaxUint64}

// manyFiles is the bound for a batch that converts so many files at a time. Each file
// leaves some garbage, and a collection costs a tenth of a module. In a batch of the modules of
// 6.12 (cloud), the base keeps 20 MB and each module at work 16. Only the largest need
// more. These set the peak, so they may leave less garbage. Of 500 modules there are 25 collections
// with a bound of 12 MB and 13 with twice as much, which takes 8 MB more and no less time.
func manyFiles(jobs int) *garbageBound {
	return &garbageBound{percent: 100, most: 12 << 20, usual: 48<<20 + 16<<20*uint64(jobs), few: 8 << 20}
}

const (
	// firstCollection is the size of the heap, in bytes, at which it is collected for
	// the first time. A small module does not reach it: its three collections would be
	// a tenth of its time.
	firstCollection = 32 << 20

	// minHeap is where the runtime begins to collect with GOGC=100, in bytes. A limit
	// of memory would do as well, but the runtime gives back to the system what it
	// has collected to stay below it, and takes it again page by page.
	minHeap = 4 << 20

	// Of an input of largeInput bytes the heap becomes so large that it pays to make
	// room for all of it, in huge pages, but not for more than maxRoom: a kernel needs
	// that, and what is not needed costs little.
	largeInput = 8 << 20
	maxRoom    = 64 << 20

	// surelyNeeded is the number of bytes that tables for a kernel take before its first
	// unit is read.
	surelyNeeded = 28 << 20
)

// percentOf is GOGC for a live heap of so many bytes. It is 1 at the least: with 0
// there is no end of collections.
func (b *garbageBound) percentOf(live uint64) int {
	garbage := b.most
	if live > b.usual || garbage > b.usual-live {
		garbage = max(b.usual-min(live, b.usual), b.few)
	}
	return int(min(b.percent, 100*garbage/max(live, 1)+1))
}

// A Collector says when the heap is collected. Nil is one that has no say, for a command
// that another program has in its process.
type Collector struct {
	bound    atomic.Pointer[garbageBound]
	tuned    bool        // the environment does not say when
	reserved atomic.Bool // the next collection is that of Reserve

	mu      sync.Mutex
	percent int    // GOGC
	cycles  uint64 // collections that percent is about
}

// newCollector begins to say when the heap is collected, if the environment does not.
func newCollector(env func(name string) (string, bool)) *Collector {
	c := new(Collector)
	c.bound.Store(&oneFile)
	if _, set := env("GOGC"); set {
		return c
	}
	if _, set := env("GOMEMLIMIT"); set {
		debug.SetGCPercent(int(oneFile.percent))
		return c
	}
	c.tuned = true
	c.percent = 100 * firstCollection / minHeap
	debug.SetGCPercent(c.percent)
	skipTouched()
	afterCollection(c.adjust)
	return c
}

// ExpectMany says that many files will be converted, so many of them at a time.
func (c *Collector) ExpectMany(jobs int) {
	if c == nil {
		return
	}
	c.bound.Store(manyFiles(jobs))
	memory.OnLarge(func(addr, n uintptr) {
		advise(addr, n)
		if n >= 1<<20 {
			c.catchUp()
		}
	})
}

// ExpectGarbage says that of what is made for one file nothing is in use when it is the turn of
// the next, and of the rest there is little: the first collection need not wait for firstCollection,
// which is for processes that end before it.
func (c *Collector) ExpectGarbage() {
	if c == nil || !c.tuned {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.percent = 100
	debug.SetGCPercent(c.percent)
}

// ExpectArchive is ExpectMany for a program that may use so many bytes of memory, and uses them rather than the processor:
// what it keeps of a kernel has many pointers, which each collection follows.
func (c *Collector) ExpectArchive(jobs int, most int64) {
	if c == nil {
		return
	}
	c.ExpectMany(jobs)
	c.bound.Store(&garbageBound{percent: 100, most: uint64(max(most/8, 24<<20)), usual: math.MaxUint64})
}

// Reserve makes room for the heap that an input of so many bytes will need, in huge pages. It
// returns a function that touches what will be needed in any case, which another goroutine may
// do meanwhile; nil if there is no such room.
func (c *Collector) Reserve(input int64) (touch func(context.Context)) {
	if c == nil || !c.tuned || input < largeInput {
		return nil
	}
	c.reserved.Store(true)
	percent := debug.SetGCPercent(-1) // the room itself is no reason to collect
	first := hugePages(int(min(input, maxRoom, memory.Limit()/4)))
	// The cleanup after that collection may run when the next one is under way, whose end it
	// would not be told of: then there would be no end to the garbage.
	afterCollection(c.adjust)
	debug.SetGCPercent(percent)
	return func(ctx context.Context) { first(ctx, int(min(input/8, surelyNeeded))) }
}

// adjust catches up with each collection, by a cleanup after it.
func (c *Collector) adjust() {
	if c.reserved.Swap(false) {
		return
	}
	c.catchUp()
	afterCollection(c.adjust)
}

// catchUp sets GOGC for the last collection, once for each. In a batch it is called beside the
// cleanups when a large slice was made: a cleanup comes late where few goroutines have a
// processor, and meanwhile the heap would grow by the percentage of a smaller one.
func (c *Collector) catchUp() {
	if !c.tuned || c.reserved.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := cycles(); now != c.cycles {
		c.cycles = now
		c.setPercent()
	}
}

// cycles returns how many collections there were.
func cycles() uint64 {
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// setPercent sets GOGC by what was live at the last collection. c.mu is held.
func (c *Collector) setPercent() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	live := m.NextGC / uint64(100+c.percent) * 100
	if want := c.bound.Load().percentOf(live); want != c.percent {
		c.percent = want
		debug.SetGCPercent(want)
	}
}

// afterCollection calls f once, after the next collection, which finds the object
// made here dead.
func afterCollection(f func()) {
	runtime.AddCleanup(new([16]byte), func(f func()) { f() }, f)
}
