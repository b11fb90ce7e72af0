package diff

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// A Class is a sort of change.
type Class string

// The classes.
const (
	Added     Class = "added"     // a type, member, enumerator or parameter
	Removed   Class = "removed"   // the same
	Moved     Class = "moved"     // a member is at another offset
	Size      Class = "size"      // of a type
	Bitfield  Class = "bitfield"  // a member has another width in bits
	Type      Class = "type"      // of a member, of an array's elements, of what a typedef is
	Value     Class = "value"     // of an enumerator
	Prototype Class = "prototype" // parameters, or what is returned
	Renamed   Class = "renamed"   // a parameter
	Linkage   Class = "linkage"   // of a function or variable
	Tag       Class = "tag"       // a DECL_TAG came or went
	Flags     Class = "flags"     // of a kernel function (KF_*)
	Other     Class = "other"     // the same members in another nesting or order
)

// Classes are all, for lists in texts.
var Classes = []Class{Added, Removed, Moved, Size, Bitfield, Type, Value, Prototype, Renamed, Linkage, Tag, Flags, Other}

// A Change is what became of a type.
type Change struct {
	Sort     string // struct, union, enum, enumerator, typedef, function, variable, int, float or section
	Name     string // as in the file
	Class    Class  // Added or Removed; "" for what both have, and Details tell
	Old, New btf.ID // 0 for none
	Details  []Detail
}

// A Detail is one thing in which two types of a name differ.
type Detail struct {
	Class    Class
	What     string // member, enumerator, parameter, return, value, tag or variable; "" for the type itself
	Name     string // of that, with the names of members around it: "mm.pgd"; may be empty
	Old, New string // as text; "" for what is not there
	// Offsets of a member, in bits from the start of the type.
	OldOffset, NewOffset uint32
}

// Title names the type: "struct sk_buff".
func (c *Change) Title() string { return c.Sort + " " + quote.Name(c.Name) }

// Has reports whether there is a change of a class.
func (c *Change) Has(class Class) bool {
	if c.Class == class {
		return true
	}
	for i := range c.Details {
		if c.Details[i].Class == class {
			return true
		}
	}
	return false
}

// Without returns the change without some classes, nil if nothing is left. Of what is Added
// or Removed as a whole there are no details.
func (c *Change) Without(ignored map[Class]bool) *Change {
	if len(ignored) == 0 {
		return c
	}
	if c.Class != "" {
		if ignored[c.Class] {
			return nil
		}
		return c
	}
	left := *c
	left.Details = nil
	for _, d := range c.Details {
		if !ignored[d.Class] {
			left.Details = append(left.Details, d)
		}
	}
	if left.Details == nil {
		return nil
	}
	return &left
}

// String is the detail on a line.
func (d *Detail) String() string {
	subject := strings.TrimSpace(d.What + " " + quote.Line(d.Name))
	switch d.Class {
	case Added:
		return "+ " + colon(subject) + d.New
	case Removed:
		return "- " + colon(subject) + d.Old
	case Prototype:
		switch {
		case d.Old == "":
			return "+ " + colon(subject) + d.New
		case d.New == "":
			return "- " + colon(subject) + d.Old
		}
	case Moved:
		return fmt.Sprintf("%s moved: offset %s → %s", subject, d.Old, d.New)
	case Tag:
		if d.Old == "" {
			return "+ tag " + d.New + of(subject)
		}
		return "- tag " + d.Old + of(subject)
	case Bitfield:
		return fmt.Sprintf("%s: width %s → %s", subject, d.Old, d.New)
	case Size, Linkage, Type, Flags:
		if subject == "" {
			return fmt.Sprintf("%s: %s → %s", d.Class, d.Old, d.New)
		}
		return fmt.Sprintf("%s: %s %s → %s", subject, d.Class, d.Old, d.New)
	case Renamed:
		return fmt.Sprintf("%s renamed: %s → %s", d.What, d.Old, d.New)
	case Other:
		return d.New
	}
	return fmt.Sprintf("%s: %s → %s", subject, d.Old, d.New)
}

func colon(subject string) string {
	if subject == "" {
		return ""
	}
	return subject + ": "
}

func of(subject string) string {
	if subject == "" {
		return ""
	}
	return " of " + subject
}

// bits is an offset as text: bytes, and bits where there are some.
func bits(n uint32) string {
	if n%8 == 0 {
		return fmt.Sprint(n / 8)
	}
	return fmt.Sprintf("%d bytes and %s", n/8, width(n%8))
}
