package kernel

import (
	"fmt"
	"strings"
)

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
		return fmt.Sprintf("Linux %v lies between %v and %v, whose rules differ, and which of them it follows is not known",
			v, rows[0].Last, rows[1].First)
	case Posted:
		return fmt.Sprintf("the rules of Linux %v are known as they were posted only, which are not those of %v, "+
			"and which of them it follows is not known", v, rows[0].Last)
	case Newer:
		return fmt.Sprintf("the rules of Linux %v are not known: the newest are those of %s", v, RowNames(rows))
	case Older:
		return fmt.Sprintf("the rules of Linux %v are not known: the oldest are those of %v", v, table[0].First)
	case Unnamed:
		return "which Linux it is for is not known"
	}
	return ""
}

// Guess says in a sentence for people what is taken for granted of a kernel that is newer
// than the table, "" of one that is not.
func Guess(v Version) string {
	if v == (Version{}) {
		return ""
	}
	var guesses []string
	if last := table[len(table)-1].Last; !last.AtLeast(v) {
		guesses = append(guesses, fmt.Sprintf("its build is taken to be that of %v", last))
	}
	if coverage, rows := For(v); coverage == Newer {
		guesses = append(guesses, "its rules to be those of "+RowNames(rows))
	}
	if guesses == nil {
		return ""
	}
	return fmt.Sprintf("Linux %v is newer than all that this gopahole knows: %s", v, strings.Join(guesses, ", and "))
}

// RowNames joins the names of one or two rows, for texts: "7.2 and of 7.3 as posted".
func RowNames(rows []*Release) string {
	if len(rows) == 1 {
		return rows[0].String()
	}
	return fmt.Sprintf("%v and of %v", rows[0], rows[1])
}

// Since says, for texts, from which release on kernels check or know something:
// "6.11". It is "7.x" if the change came in a release without rules, and nobody has
// found out in which, and "" if no kernel has it. It has to be false for zero Checks.
func Since(has func(*Checks) bool) string {
	for i, r := range table {
		switch {
		case !has(&r.Checks):
		case i > 0 && r.HasRules() && !table[i-1].HasRules():
			return fmt.Sprintf("%d.x", r.First.Major)
		default:
			return r.First.String()
		}
	}
	return ""
}

// BuildSince says, for texts, from which release on builds do something, and which is
// the last release before: "7.0" and "6.19". Both are "" if no build does it.
func BuildSince(does func(*Build) bool) (since, before string) {
	for i, r := range table {
		if does(&r.Build) {
			if i > 0 {
				before = table[i-1].Last.String()
			}
			return r.First.String(), before
		}
	}
	return "", ""
}
