package memory

import (
	"math"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
)

const (
	// small is the size from which on it is looked whether there is room, in bytes.
	small = 1 << 20

	// plenty is what every machine has. The system's limits are not looked at before
	// the process comes near it, as a small module takes no longer than that would.
	plenty = 24 << 20

	// From so many bytes of input on they are looked at from the beginning: such an input
	// needs far more than plenty, and the look is nothing beside its work.
	largeInput = 8 << 20

	// little is less than any limit lets grow, in bytes.
	little = 16 << 20
)

// A Policy is what a program knows of its memory, and what it does about the limit.
type Policy struct {
	// System returns the part of the system's memory that is the program's, in bytes. It
	// is called once, when it is needed.
	System func() int64

	// Tight says that there may be less than any machine has, so that System is asked
	// from the beginning.
	Tight bool

	// Near is told the limit, in bytes, when memory becomes large. Calls do not overlap.
	Near func(limit int64)

	// Fatal is called, at most once and from another goroutine, when memory goes on to
	// grow after Err has returned an error, in a place that does not look at it. It
	// should end the process.
	Fatal func(error)
}

// An account is the limit and what is known of its use.
type account struct {
	Policy
	mu      sync.Mutex // held while memory is asked for and made
	enabled atomic.Bool
	given   atomic.Int64 // the limit that a user has set, 0 if none
	input   atomic.Int64 // bytes of input
	err     atomic.Pointer[Error]
}

var process account

// Unlimited is a limit that nothing reaches, in bytes.
const Unlimited = math.MaxInt64

// Enable begins to enforce a limit. A second call does nothing.
func Enable(p Policy) {
	if !process.enabled.Load() {
		p.System = sync.OnceValue(p.System)
		process.Policy = p
		process.enabled.Store(true)
		process.watch(0)
	}
}

// Set sets the limit, in bytes, in the place of the default.
func Set(limit int64) {
	process.given.Store(limit)
}

// AddInput says that the process has so many bytes more of input, by which the default
// goes.
func AddInput(n int64) { process.input.Add(max(n, 0)) }

// Limit returns the limit in bytes, Unlimited if there is none.
func Limit() int64 {
	if !process.enabled.Load() {
		return Unlimited
	}
	return process.limit()
}

const (
	// The default is no more than what a file can need in good faith: this many bytes
	// for each one of input, and basic for the process. The largest need known is 13
	// for each, of a module in .ko.xz.
	perByte = 16
	basic   = 1 << 30
)

func (a *account) limit() int64 {
	if given := a.given.Load(); given != 0 {
		return given
	}
	limit := a.System()
	if input := a.input.Load(); input < (math.MaxInt64-basic)/perByte {
		limit = min(limit, basic+perByte*input)
	}
	return limit
}

// Free returns how many bytes the limit leaves, beside what is in use, garbage included.
func Free() int64 {
	limit := Limit()
	if limit == Unlimited {
		return limit
	}
	return max(0, limit-int64(min(read(objects), math.MaxInt64)))
}

// Need tells whether n bytes more can be had, for what the caller is going to make at
// once. The error is an *Error.
func Need(n uint64, what string) error {
	if n < small || !process.enabled.Load() {
		return nil
	}
	process.mu.Lock()
	defer process.mu.Unlock()
	return process.need(n, what)
}

// plentiful reports whether less than plenty is granted without a look at the system.
func (a *account) plentiful() bool {
	return a.given.Load() == 0 && !a.Tight && a.input.Load() < largeInput
}

func (a *account) need(n uint64, what string) error {
	used := read(objects)
	if n < plenty && used+n < plenty && a.plentiful() {
		return nil
	}
	limit := uint64(a.limit())
	a.Near(int64(limit))
	if n <= limit && used <= limit-n {
		return nil
	}
	runtime.GC() // a part of it may be garbage
	if used = read(objects); n <= limit && used <= limit-n {
		return nil
	}
	return &Error{What: what, Need: int64(min(n, math.MaxInt64)), Used: int64(used), Limit: int64(limit)}
}

// Err returns an *Error if more memory is in use than the limit says. It costs next to
// nothing.
func Err() error {
	if err := process.err.Load(); err != nil {
		return err
	}
	return nil
}

// Reset collects garbage, after work was given up, and tells whether others can go on.
func Reset() bool {
	runtime.GC()
	if !process.enabled.Load() || int64(read(live)) <= process.limit() {
		process.err.Store(nil)
	}
	return process.err.Load() == nil
}

// watch is told how much the last collection left, 0 before the first one: to ask package
// metrics takes a small process longer than its work. It looks again after the next
// collection, which finds the object made here dead.
func (a *account) watch(used uint64) {
	a.judge(used)
	runtime.AddCleanup(new([16]byte), func(a *account) { a.watch(read(live)) }, a)
}

// judge is told how much was in use after a collection.
func (a *account) judge(used uint64) {
	if used < little && a.plentiful() {
		return
	}
	limit := a.limit()
	a.mu.Lock()
	a.Near(limit)
	a.mu.Unlock()
	if used <= uint64(limit) {
		return
	}
	err := &Error{Used: int64(used), Limit: limit}
	a.err.CompareAndSwap(nil, err)
	// Half as much again is time enough for who looks.
	if used-uint64(limit) > uint64(limit)/2 && a.Fatal != nil {
		a.Fatal(err)
	}
}

// Names of package runtime/metrics, in bytes: what is in use or not swept yet, and what
// was in use at the last collection.
const (
	objects = "/memory/classes/heap/objects:bytes"
	live    = "/gc/heap/live:bytes"
)

func read(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
