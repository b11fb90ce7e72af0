package dwarf2btf

// Tables that grow step by step cost most of the pages that a run touches: each
// step leaves its old table behind. So room is made in advance, by what kernels have.
const (
	bytesPerType  = 1600    // of .debug_info, for one type or function of the result
	maxRoom       = 1 << 18 // types: an input may claim any size
	bytesPerName  = 18      // of strings
	maxStringRoom = 4 << 20 // bytes

	bytesPerAdded = 48      // of .debug_info, for one type of a module before deduplication
	maxAdded      = 1 << 22 // types
)

// expectedTypes is a guess of the number of types, and of names, of the result of so
// many bytes of .debug_info.
func expectedTypes(info uint64) int { return int(min(info/bytesPerType, maxRoom)) }

// addedTypes is a guess of the number of types, before deduplication, of so many bytes
// of .debug_info.
func addedTypes(info uint64) int { return int(min(info/bytesPerAdded, maxAdded)) }

// reserve makes room in a new workspace for so many bytes of .debug_info.
func (w *workspace) reserve(info uint64) {
	w.room = expectedTypes(info)
	if n := w.room; n > 0 {
		w.names.reserve(n - n/8)
		w.shapes.Reserve(n - n/4)
	}
}
