package memory

import (
	"fmt"
	"math"
)

// An Error says that something needs more memory than the limit leaves.
type Error struct {
	What  string // what it is for, such as a section; "" if it grew step by step
	Need  int64  // bytes that it needs, 0 if it grew step by step
	Used  int64  // bytes in use beside it
	Limit int64  // in bytes
}

func (e *Error) Error() string {
	if e.Need == 0 {
		return fmt.Sprintf("needs more memory than the limit of %s: --max_memory=SIZE, with a larger one, lets it go on", Format(e.Limit))
	}
	what := ""
	if e.What != "" {
		what = e.What + ": "
	}
	if e.Need > math.MaxInt64-e.Used-mebibyte {
		return what + "needs more memory than there can be"
	}
	return fmt.Sprintf("%sneeds %s of memory, of the limit of %s there are %s left: --max_memory=%s is enough for this",
		what, Format(e.Need), Format(e.Limit), Format(max(0, e.Limit-e.Used)), FormatOption(e.Used+e.Need))
}
