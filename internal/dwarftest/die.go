package dwarftest

import (
	"debug/dwarf"
	"fmt"
)

// A DIE is a debugging information entry to be written.
type DIE struct {
	Tag      dwarf.Tag
	Label    string // what references call it; unique in the file
	Attrs    []Attr
	Children []*DIE
	// EmptyList marks a DIE without children as one that has them, so that a null entry alone follows it.
	EmptyList bool
}

// An Attr is an attribute with its form and value; the package comment says which Go types a form takes.
type Attr struct {
	Attr  dwarf.Attr
	Form  Form
	Value any
}

// Label names a DIE among the arguments of Die.
type Label string

// Raw is a number that is written as it is, where a form would otherwise look up a label or make a table entry.
type Raw uint64

// Indirect is the value of FormIndirect: the form that is written before the value, and the value.
type Indirect struct {
	Form  Form
	Value any
}

type sibling struct{}

// NextSibling is a reference to whatever follows the DIE and its children, as DW_AT_sibling holds it.
var NextSibling sibling

// A makes an attribute.
func A(attr dwarf.Attr, form Form, value any) Attr { return Attr{attr, form, value} }

// Die makes a DIE of a tag and any number of attributes, children, lists of either, and a Label.
func Die(tag dwarf.Tag, parts ...any) *DIE {
	d := &DIE{Tag: tag}
	for _, part := range parts {
		switch part := part.(type) {
		case Attr:
			d.Attrs = append(d.Attrs, part)
		case []Attr:
			d.Attrs = append(d.Attrs, part...)
		case *DIE:
			d.Children = append(d.Children, part)
		case []*DIE:
			d.Children = append(d.Children, part...)
		case Label:
			d.Label = string(part)
		default:
			// A mistake in the test's own source.
			panic(fmt.Sprintf("dwarftest.Die(%v): argument of type %T", tag, part))
		}
	}
	return d
}
