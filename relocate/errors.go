package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// An Error is how a kernel refuses to relocate: its error number, and the line in its
// log. [Relocate] returns it, and a [Result] has it as Refusal.
type Error struct {
	Errno   kernel.Errno
	Message string // what the kernel logs, without a final newline; "" if it logs nothing
	ID      btf.ID // the distilled or split type that it is about, or 0
	Reason  string // the same in plain words; "" if Message says it
}

func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("-%v: %s", e.Errno, e.Reason)
	}
	return fmt.Sprintf("-%v: %s", e.Errno, e.Message)
}

// A StopError says that relocation cannot come to an end: a kernel that tries
// crashes or hangs.
type StopError struct {
	Outcome Outcome // Crashes or Hangs
	Why     string
}

func (e *StopError) Error() string { return fmt.Sprintf("a kernel %v at %s", e.Outcome, e.Why) }
