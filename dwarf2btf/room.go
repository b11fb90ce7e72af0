package dwarf2btf

import "github.com/gopahole/gopahole/internal/memory"

// Tables that grow step by step cost most of the pages that a run touches: each
// step leaves its old table behind. So room is made in advance, by what kernels have.
const (
	bytesPerType  = 1600    // of .debug_info, for one type or function of the result
	maxRoom       = 1 << 18 // types: an input may claim any size
	bytesPerName  = 18      // of strings
	maxStringRoom = 4 << 20 // bytes

	bytesPerAdded = 48      // of .debug_info, for one type of a module before deduplication
	maxAdded      = 1 << 22 // types

	maxUnitRoom = 4 << 20 // bytes of a unit
)

// expectedTypes is a guess of the number of types, and of names, of the result of so
// many bytes of .debug_info.
func expectedTypes(info uint64) int { return int(min(info/bytesPerType, maxRoom)) }

// addedTypes is a guess of the number of types, before deduplication, of so many bytes
// of .debug_info.
func addedTypes(info uint64) int { return int(min(info/bytesPerAdded, maxAdded)) }

// makeRoom makes room in an empty CU for a unit of so many bytes, in the tables that
// become large: for as much as some unit of a kernel has of each. Those of a unit that is
// larger than all before would grow by a quarter again and again.
func (c *cu) makeRoom(info int) {
	info = min(info, maxUnitRoom)
	c.funcs = roomFor(c.funcs, info/230)
	c.params = roomFor(c.params, info/110)
	c.vars = roomFor(c.vars, info/100)
}

// roomFor returns an empty slice with room for n elements, s if that has it.
func roomFor[E any](s []E, n int) []E {
	if n <= cap(s) {
		return s
	}
	return memory.Make[E](0, n+n/4)
}

// reserve makes room in a new workspace for so many bytes of .debug_info.
func (w *workspace) reserve(info uint64) {
	w.room = expectedTypes(info)
	if n := w.room; n > 0 {
		w.names.reserve(n - n/8)
		w.shapes.Reserve(n - n/4)
	}
}
