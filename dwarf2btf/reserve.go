package dwarf2btf

import "github.com/gopahole/gopahole/dwarf2btf/internal/unit"

// A table that grows step by step leaves its old memory unused at each step, and a short
// process spends most of its time on pages that it uses for the first time. So tables get
// their size in advance, by what kernels have.
const (
	bytesPerName   = 9       // of strings, for each type of the result: those of its units
	maxStringBytes = 4 << 20 // bytes

	bytesPerFunction = 3000 // of .debug_info, for one instance of a function: 2,990 to 3,710 in kernels

	bytesPerAdded = 48      // of .debug_info, for one type of a module before deduplication
	maxAdded      = 1 << 22 // types

	// minByUnit is the size of .debug_info from which on the types of a module are merged
	// unit by unit.
	minByUnit = 4 << 20
)

// addedTypes is a guess of the number of types, before deduplication, of so many bytes
// of .debug_info.
func addedTypes(info uint64) int { return int(min(info/bytesPerAdded, maxAdded)) }

// reserve makes the tables of a new workspace large enough for so many bytes of
// .debug_info.
func (w *workspace) reserve(info uint64) {
	w.expected = unit.ExpectedTypes(info)
	if n := w.expected; n > 0 {
		w.names.Reserve(n - n/8)
		w.shapes.Reserve(n / 5)
	}
}
