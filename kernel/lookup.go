package kernel

import (
	"fmt"
	"strings"
)

// A Coverage says how well the rules of a kernel are known.
type Coverage uint8

const (
	Known     Coverage = iota // a row is about this release
	InBetween                 // in each point it does what one of two rows says
	Newer                     // it is newer than all rows
	Older                     // it is older than all rows
	Unnamed                   // which release it is, is not known
)

// For returns the rows that a kernel is to be judged by, oldest first: its own if the
// rules are Known, both neighbours in between, the newest for one that is newer, none
// for one that is older, and all for the zero Version. No row is Between.
func For(v Version) (Coverage, []*Release) {
	if v == (Version{}) {
		return Unnamed, Rules()
	}
	if !v.AtLeast(Table[0].First) {
		return Older, nil
	}
	i := len(Table) - 1
	for !v.AtLeast(Table[i].First) {
		i--
	}
	switch r := Table[i]; {
	case r.Between:
		return InBetween, []*Release{nearest(i, -1), nearest(i, +1)}
	case !r.Last.AtLeast(v):
		return Newer, []*Release{r}
	default:
		return Known, []*Release{r}
	}
}

// nearest returns the next row with rules in a direction.
func nearest(i, step int) *Release {
	for Table[i].Between {
		i += step
	}
	return Table[i]
}

// Rules returns the rows that have rules.
func Rules() []*Release {
	var rows []*Release
	for _, r := range Table {
		if !r.Between {
			rows = append(rows, r)
		}
	}
	return rows
}

// Newest returns the newest row.
func Newest() *Release { return Table[len(Table)-1] }

// BuildOf returns how the build of a kernel makes BTF. That of a kernel newer than all
// that is known is taken for the newest.
func BuildOf(v Version) Build {
	for i := len(next) - 1; i >= 0; i-- {
		if v.AtLeast(next[i].First) {
			return next[i].Build
		}
	}
	for i := len(Table) - 1; i >= 0; i-- {
		if v.AtLeast(Table[i].First) {
			return Table[i].Build
		}
	}
	return Build{}
}

// Shipped returns the releases that lists have, oldest first.
func Shipped() []Version {
	var all []Version
	for _, r := range Table {
		all = append(all, r.Shipped...)
	}
	return all
}

// List has the names of Shipped in one text: "5.15, 6.1, ...".
func List() string {
	var names []string
	for _, v := range Shipped() {
		names = append(names, v.String())
	}
	return strings.Join(names, ", ")
}

// Why says in a sentence for people why the rules of a kernel are not known, "" if
// they are.
func Why(v Version) string {
	switch coverage, rows := For(v); coverage {
	case InBetween:
		return fmt.Sprintf("Linux %v lies between %v and %v, whose rules differ, and which of them it follows is not known", v, rows[0].Last, rows[1].First)
	case Newer:
		return fmt.Sprintf("the rules of Linux %v are not known: the newest are those of %v", v, rows[0].Last)
	case Older:
		return fmt.Sprintf("the rules of Linux %v are not known: the oldest are those of %v", v, Table[0].First)
	case Unnamed:
		return "which Linux it is for is not known"
	}
	return ""
}
