package die

import (
	"fmt"
	"runtime"
)

// Error is a defect of the DWARF input, at an offset of a section.
type Error struct {
	Section string // ".debug_info", ".debug_abbrev", …
	Offset  uint64 // in bytes from the start of the section
	Msg     string
	Err     error // a sentinel of this package, what FailWith was given, or nil
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string { return fmt.Sprintf("%s+%#x: %s", e.Section, e.Offset, e.Msg) }

// failure carries an error through a panic to Guard.
type failure struct{ err error }

// Fail ends the decoding of the current unit with an error at the unit's offset off.
func (c *Cursor) Fail(off Off, format string, args ...any) {
	panic(failure{&Error{Section: c.Section, Offset: c.Unit.Offset + uint64(off), Msg: fmt.Sprintf(format, args...)}})
}

// FailWith is Fail with an error that errors.As finds, wrapped in the one of this package.
func (c *Cursor) FailWith(off Off, msg string, err error) {
	panic(failure{&Error{Section: c.Section, Offset: c.Unit.Offset + uint64(off), Msg: msg, Err: err}})
}

// Abort ends the decoding of the unit with an error that is not about the DIE.
func (c *Cursor) Abort(err error) { panic(failure{err}) }

// Guard is deferred by whoever decodes a unit. It turns the two panics that
// malformed input can cause, [Cursor.Fail] or [Cursor.Abort] and a read beyond
// the unit's bytes, into an error that names the last DIE. All other panics are bugs and go on.
func (c *Cursor) Guard(err *error) {
	switch r := recover().(type) {
	case nil:
	case failure:
		*err = r.err
	case runtime.Error:
		if !c.reading {
			panic(r)
		}
		*err = &Error{Section: c.Section, Offset: c.Unit.Offset + uint64(c.At), Msg: "entry runs past the end of its unit"}
	default:
		panic(r)
	}
	c.reading = false
}
