package unit

import "github.com/gopahole/gopahole/internal/memory"

// A table that grows step by step leaves its old memory unused at each step, and a short
// process spends most of its time on pages that it uses for the first time. So tables get
// their size in advance, by what kernels have.
const (
	BytesPerType = 1600    // of .debug_info, for one type or function of the result
	MaxExpected  = 1 << 18 // types: an input may claim any size
	maxReserved  = 4 << 20 // bytes of a unit
)

// ExpectedTypes is a guess of the number of types, and of names, of the result of so
// many bytes of .debug_info.
func ExpectedTypes(info uint64) int { return int(min(info/BytesPerType, MaxExpected)) }

// reserve makes the tables of an empty CU that become large as large as a unit of so many
// bytes may need. Of the units of kernels and modules, 97 in a hundred need no more. Otherwise they would grow
// by a quarter again and again in a unit that is larger than all before.
func (c *CU) reserve(info int) {
	info = min(info, maxReserved)
	c.funcs = reserved(c.funcs, info/450)
	c.params = reserved(c.params, info/300)
	c.vars = reserved(c.vars, info/600)
}

// reserved returns an empty slice for n elements: s if it is large enough.
func reserved[E any](s []E, n int) []E {
	if n <= cap(s) {
		return s
	}
	return memory.Make[E](0, n)
}
