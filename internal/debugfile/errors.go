package debugfile

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNone says that a file does not refer to a debug file, and that there is none in the
// usual places.
var ErrNone = errors.New("no separate debug file")

// A Candidate is a file that was looked at.
type Candidate struct {
	Path string
	Err  error // why it was not taken
}

// Absent reports whether there is no such file.
func (c *Candidate) Absent() bool { return errors.Is(c.Err, errAbsent) }

// Separate is the kind of a file that has all debugging information of another one.
const Separate = "separate debug file"

// A NotFoundError says that a file that another one refers to was not found.
type NotFoundError struct {
	Kind   string // Separate, "supplementary file" or "file of split DWARF"
	Link   string // the name by which the file refers to it, "" if there is none
	From   string // the section that has the name
	Looked []Candidate
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	if e.Link != "" {
		fmt.Fprintf(&b, "the %s %q that %s names was not found", e.Kind, e.Link, e.From)
	} else {
		fmt.Fprintf(&b, "no %s that belongs to it", e.Kind)
	}
	sep := ": "
	absent := 0
	for _, c := range e.Looked {
		if c.Absent() {
			absent++
			continue
		}
		fmt.Fprintf(&b, "%s%q: %v", sep, c.Path, c.Err)
		sep = "; "
	}
	if absent == 0 {
		return b.String()
	}
	b.WriteString(sep + "there is no ")
	sep = ""
	for _, c := range e.Looked {
		if c.Absent() {
			fmt.Fprintf(&b, "%s%q", sep, c.Path)
			sep = ", "
		}
	}
	return b.String()
}
