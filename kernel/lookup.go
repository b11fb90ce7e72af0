package kernel

import "slices"

// A Coverage says how well the rules of a kernel are known.
type Coverage uint8

// The coverages.
const (
	Known     Coverage = iota // a row with rules is about this release
	InBetween                 // in each point it does what one of two rows says
	Posted                    // in each point it does what the newest row with rules says, or what was posted
	Newer                     // it is newer than all rules
	Older                     // it is older than all rows
	Unnamed                   // which release it is, is not known
)

// For returns the rows by which a kernel is to be judged, oldest first: its own if the
// rules are Known, both neighbours in between, the last before and its own if that is
// Posted, the newest with rules and the newest Posted for one that is newer, none for one
// that is older, and all with rules for the zero Version.
func For(v Version) (Coverage, []*Release) {
	if v == (Version{}) {
		return Unnamed, Rules()
	}
	i := row(v)
	switch newest := Newest(); {
	case i < 0:
		return Older, nil
	case table[i].Posted && table[i].Last.AtLeast(v):
		return Posted, []*Release{nearest(i, -1), table[i]}
	case !newest.Last.AtLeast(v):
		if last := table[len(table)-1]; last.Posted {
			return Newer, []*Release{newest, last}
		}
		return Newer, []*Release{newest}
	case !table[i].HasRules():
		return InBetween, []*Release{nearest(i, -1), nearest(i, +1)}
	}
	return Known, table[i : i+1 : i+1]
}

// row returns the index of the last row that does not begin after a version, -1 if
// there is none.
func row(v Version) int {
	i := len(table) - 1
	for i >= 0 && !v.AtLeast(table[i].First) {
		i--
	}
	return i
}

// nearest returns the next row with rules in a direction.
func nearest(i, step int) *Release {
	for !table[i].HasRules() {
		i += step
	}
	return table[i]
}

// All returns all rows, oldest first.
func All() []*Release { return slices.Clone(table) }

// Rules returns the rows that have rules, oldest first.
func Rules() []*Release {
	var rows []*Release
	for _, r := range table {
		if r.HasRules() {
			rows = append(rows, r)
		}
	}
	return rows
}

// Newest returns the newest row that has rules.
func Newest() *Release { return nearest(len(table)-1, -1) }

// BuildOf returns how the build of a kernel makes BTF. A kernel newer than all rows is
// taken for the newest.
func BuildOf(v Version) Build {
	if i := row(v); i >= 0 {
		return table[i].Build
	}
	return Build{}
}

// Shipped returns the releases for lists, oldest first.
func Shipped() []Version {
	var all []Version
	for _, r := range table {
		all = append(all, r.Shipped...)
	}
	return all
}
