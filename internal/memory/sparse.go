package memory

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// onSparse is what OnSparse was called with, or nil.
var onSparse atomic.Pointer[func(addr, n uintptr)]

// OnSparse installs a function that is told the address and the size, in bytes, of the memory of
// each Sparse, both of which Block divides. It must not change the memory. It is for package
// tuning.
func OnSparse(f func(addr, n uintptr)) { onSparse.Store(&f) }

// Block is the size of a huge page where pages have 4 KB.
const Block = 2 << 20

// Sparse is room for tables that are mostly never written to, such as those with an entry for each
// type of a base. They lie side by side, and no huge page has something else beside them: a program
// can do without huge pages there, which the system would clear for a few words in each.
type Sparse struct{ rest []uint64 }

const wordBytes = 8

// NewSparse returns room for tables of so many bytes together, each rounded up to 8.
func NewSparse(size int) *Sparse {
	f := onSparse.Load()
	if f == nil {
		return &Sparse{make([]uint64, size/wordBytes)}
	}
	size = (size + Block - 1) &^ (Block - 1)
	all := make([]uint64, (size+Block)/wordBytes)
	addr := reflect.ValueOf(all).Pointer()
	skip := int(-addr & (Block - 1))
	(*f)(addr+uintptr(skip), uintptr(size))
	return &Sparse{all[skip/wordBytes:][:size/wordBytes]}
}

// SparseSize is what a table of max elements takes of a Sparse, in bytes.
func SparseSize[T any](max int) int {
	return (max*int(reflect.TypeFor[T]().Size()) + wordBytes - 1) &^ (wordBytes - 1)
}

// MakeSparse returns make([]T, n, max) in the room of s, for a T without pointers.
func MakeSparse[T any](s *Sparse, n, max int) []T {
	words := SparseSize[T](max) / wordBytes
	table := s.rest[:words]
	s.rest = s.rest[words:]
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(table))), max)[:n]
}
