package memory

import (
	"math"
	"reflect"
	"sync/atomic"
)

// onLarge is what OnLarge was called with, or nil.
var onLarge atomic.Pointer[func(addr, n uintptr)]

// OnLarge installs a function that is told the address and the size, in bytes, of what Make
// has made. It may be called from several goroutines at a time, and must not change the memory.
// It is for package tuning.
func OnLarge(f func(addr, n uintptr)) { onLarge.Store(&f) }

// Make returns make([]T, n, max). It is for slices that may become large.
func Make[T any](n, max int) []T {
	s := make([]T, n, max)
	if f := onLarge.Load(); f != nil && max > 0 {
		(*f)(reflect.ValueOf(s).Pointer(), uintptr(max)*reflect.TypeFor[T]().Size())
	}
	return s
}

// TryMake is Make for a size that the input claims. The error is an *Error with what, which
// says what the slice is for.
func TryMake[T any](n, max int, what string) ([]T, error) {
	size := uint64(reflect.TypeFor[T]().Size())
	switch {
	case uint64(max)*size < small && max < small:
	case process.enabled.Load():
		process.mu.Lock() // until it is made, and so counts
		defer process.mu.Unlock()
		if err := process.need(multiply(uint64(max), size), what); err != nil {
			return nil, err
		}
	case uint64(max) > math.MaxInt/size: // make would panic
		return nil, &Error{What: what, Need: math.MaxInt64, Limit: math.MaxInt64}
	}
	return Make[T](n, max), nil
}

// multiply returns the product of a count and a size, or the largest number.
func multiply(n, size uint64) uint64 {
	if size != 0 && n > math.MaxUint64/size {
		return math.MaxUint64
	}
	return n * size
}
