package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// DangerKind says what a danger is about.
type DangerKind uint8

// The dangers.
const (
	DanglingID   DangerKind = iota // a type that does not exist is referred to
	DanglingName                   // a name is outside the strings
	UnmappedName                   // a name is in the strings of the distilled base, but is not that of a type
	Endless                        // arrays, typedefs and the like refer to each other in a circle
	Overlap                        // a type held by value has no room in the target's size
	EmptyBase                      // the distilled base has no types

	numDangers = 6
)

// MaxDangers is how many dangers of a kind are reported.
const MaxDangers = 16

func (k DangerKind) String() string {
	return [numDangers]string{"dangling ID", "dangling name", "unmapped name", "endless", "overlap", "empty base"}[k]
}

// Danger is something wrong with split types that kernels do not look at. Some
// are harmless, some end badly: then they are the outcome of the report.
type Danger struct {
	Kind DangerKind
	ID   btf.ID // the split type that it is in; 0 for none
	Text string
}

func (d Danger) String() string { return d.Text }

// danger notes a danger, whose text is made only if it is among those reported.
func (c *checker) danger(kind DangerKind, id btf.ID, text func() string) {
	if c.dangers[kind]++; c.dangers[kind] > MaxDangers {
		return
	}
	c.report.Dangers = append(c.report.Dangers, Danger{kind, id, text()})
}

// label names a split type in a text.
func (c *checker) label(id btf.ID) string {
	rec := c.split.Record(id)
	name := c.split.Name(id)
	if rec.NameOff() == 0 {
		name = "(anon)"
	}
	return fmt.Sprintf("[%d] %v '%s'", id, rec.Kind(), name)
}
