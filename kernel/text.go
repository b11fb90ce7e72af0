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
		return fmt.Sprintf("the rules of Linux %v are not known: the newest are those of %v", v, rows[0].Last)
	case Older:
		return fmt.Sprintf("the rules of Linux %v are not known: the oldest are those of %v", v, table[0].First)
	case Unnamed:
		return "which Linux it is for is not known"
	}
	return ""
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
