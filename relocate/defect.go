package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// A DefectKind says what a defect is about.
type DefectKind uint8

// The defects.
const (
	DanglingID   DefectKind = iota // a type that does not exist is referred to
	DanglingName                   // a name is outside the strings
	UnmappedName                   // a name is in the strings of the distilled base, but is not that of a type
	Endless                        // arrays, typedefs and the like refer to each other in a circle
	Overlap                        // a type that is held by value is too large in the target
	EmptyBase                      // the distilled base has no types

	numDefects = 6
)

// MaxDefects is how many defects of a kind a Result lists.
const MaxDefects = 16

func (k DefectKind) String() string {
	return [numDefects]string{"dangling ID", "dangling name", "unmapped name", "endless", "overlap", "empty base"}[k]
}

// A Defect is something wrong with split types that no kernel looks at. Some are
// harmless. Others make the kernel crash or hang: then the Outcome says so too.
type Defect struct {
	Kind DefectKind
	ID   btf.ID // the split type that it is in; 0 for none
	Text string // for people
}

func (d Defect) String() string { return d.Text }

// defect notes a defect. Its text is made only if it is among those that are listed.
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
