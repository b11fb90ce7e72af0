package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// DefectKind says what a danger is about.
type DefectKind uint8

// The defects.
const (
	DanglingID   DefectKind = iota // a type that does not exist is referred to
	DanglingName                   // a name is outside the strings
	UnmappedName                   // a name is in the strings of the distilled base, but is not that of a type
	Endless                        // arrays, typedefs and the like refer to each other in a circle
	Overlap                        // a type held by value has no room in the target's size
	EmptyBase                      // the distilled base has no types

	numDefects = 6
)

// MaxDefects is how many defects of a kind are reported.
const MaxDefects = 16

func (k DefectKind) String() string {
	return [numDefects]string{"dangling ID", "dangling name", "unmapped name", "endless", "overlap", "empty base"}[k]
}

// Defect is something wrong with split types that kernels do not look at. Some
// are harmless, some end badly: then they are the outcome of the report.
type Defect struct {
	Kind DefectKind
	ID   btf.ID // the split type that it is in; 0 for none
	Text string
}

func (d Defect) String() string { return d.Text }

// danger notes a danger, whose text is made only if it is among those reported.
func (c *checker) defect(kind DefectKind, id btf.ID, text func() string) {
	if c.defects[kind]++; c.defects[kind] > MaxDefects {
		return
	}
	c.result.Defects = append(c.result.Defects, Defect{kind, id, text()})
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
