package tuning

import (
	"cmp"
	"errors"
	"math"
	"runtime/debug"

	"github.com/gopahole/gopahole/internal/memory"
)

// LimitMemory begins to bound the memory of the process, by its input and by what the
// system has. fatal is called when memory goes on to grow in a place that does not look at
// the limit. It should end the process.
func LimitMemory(fatal func(error)) {
	memory.Enable(memory.Policy{System: systemLimit, Tight: hasResourceLimit(), Near: new(softLimit).set, Fatal: fatal})
}

// SetMaxMemory sets the limit to a size such as 512M, in the place of the default.
func SetMaxMemory(size string) error {
	limit, err := memory.Parse(size)
	if err == nil {
		memory.Set(limit)
	}
	return err
}

// ParseSize reads a size as SetMaxMemory does, in bytes; none is the largest number.
func ParseSize(text string) (int64, error) { return memory.Parse(text) }

// NotEnoughMemory reports whether an error says that the limit leaves too little memory.
func NotEnoughMemory(err error) bool { return errors.As(err, new(*memory.Error)) }

// FreeMemory returns how much memory the process may take beside what it has, in bytes; 0 if
// it has more than the limit says.
func FreeMemory() int64 { return memory.Free() }

// OverLimit reports whether the process has more memory than the limit says.
func OverLimit() bool { return memory.Err() != nil }

// GiveBack collects the garbage of work that was given up for lack of memory, so that other
// work can go on.
func GiveBack() { memory.Reset() }

// A softLimit is what the runtime was told of the limit, in bytes.
type softLimit struct{ told int64 }

// set tells the runtime of the limit, so that garbage is collected more often near to it. A
// user who has told it another one with GOMEMLIMIT is not contradicted.
func (s *softLimit) set(limit int64) {
	if limit == s.told || debug.SetMemoryLimit(-1) != cmp.Or(s.told, math.MaxInt64) {
		return
	}
	s.told = limit
	debug.SetMemoryLimit(limit)
}
