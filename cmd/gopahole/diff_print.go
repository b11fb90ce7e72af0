package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/internal/quote"
)

// The JSON of a type that changed, and of a comparison.
type (
	changeJSON struct {
		jsonHead
		Old     string       `json:"old"`
		Sort    string       `json:"sort"`
		Name    string       `json:"name"`
		Class   string       `json:"class"`
		OldID   btf.ID       `json:"old_id,omitempty"`
		NewID   btf.ID       `json:"new_id,omitempty"`
		Details []detailJSON `json:"details"`
	}
	detailJSON struct {
		Class     string  `json:"class"`
		What      string  `json:"what,omitempty"`
		Name      string  `json:"name,omitempty"`
		Old       string  `json:"old,omitempty"`
		New       string  `json:"new,omitempty"`
		OldOffset *uint32 `json:"old_offset,omitempty"`
		NewOffset *uint32 `json:"new_offset,omitempty"`
	}
	comparisonJSON struct {
		jsonHead
		Old     string `json:"old"`
		Same    bool   `json:"same"`
		Added   int    `json:"added"`
		Removed int    `json:"removed"`
		Changed int    `json:"changed"`
	}
)

// print prints the changes between two files that count.
func (d *differ) print(old, new *diffSide, all []diff.Change) error {
	var changes []*diff.Change
	for i := range all {
		if c := all[i].Without(d.ignored); c != nil {
			changes = append(changes, c)
		}
	}
	d.differs = d.differs || len(changes) > 0
	if d.silent {
		return nil
	}
	if d.json {
		return d.printDiffJSON(old, new, changes)
	}
	out := bufio.NewWriter(d.stdout)
	if len(changes) == 0 && isModuleName(new.name) && d.printed > 0 {
		return nil // of many modules most are the same
	}
	d.printed++
	fmt.Fprintf(out, "%s → %s: %s\n", quote.Line(old.name), quote.Line(new.name), diffCounts(changes))
	for _, c := range changes {
		d.printChange(out, c)
	}
	if err := out.Flush(); err != nil {
		return stdoutError(err)
	}
	return nil
}

// diffCounts says how many types of each sort changed.
func diffCounts(changes []*diff.Change) string {
	if len(changes) == 0 {
		return "no difference"
	}
	var sorts []string
	counts := make(map[string]*[3]int) // changed, added and removed
	for _, c := range changes {
		n := counts[c.Sort]
		if n == nil {
			n = new([3]int)
			counts[c.Sort] = n
			sorts = append(sorts, c.Sort)
		}
		n[diffColumn(c)]++
	}
	var all []string
	for _, sort := range sorts {
		var parts []string
		for i, word := range [...]string{"changed", "added", "removed"} {
			if n := counts[sort][i]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, word))
			}
		}
		all = append(all, sort+": "+strings.Join(parts, ", "))
	}
	return strings.Join(all, "; ")
}

func diffColumn(c *diff.Change) int {
	switch c.Class {
	case diff.Added:
		return 1
	case diff.Removed:
		return 2
	}
	return 0
}

// printChange prints a type that changed, with a line for each detail.
func (d *differ) printChange(out io.Writer, c *diff.Change) {
	switch c.Class {
	case diff.Added, diff.Removed:
		sign, text := "+", ""
		if c.Class == diff.Removed {
			sign = "-"
		}
		if len(c.Details) > 0 {
			text = ": " + c.Details[0].Old + c.Details[0].New
		}
		fmt.Fprintln(out, d.paint(changeStyle(c.Class), fmt.Sprintf("%s %s%s", sign, c.Title(), text)))
		return
	}
	fmt.Fprintf(out, "%s\n", c.Title())
	for i := 0; i < len(c.Details); {
		n := 1
		if !d.verbose {
			n = movedTogether(c.Details[i:])
		}
		if first, last := &c.Details[i], &c.Details[i+n-1]; n > 2 {
			fmt.Fprintf(out, "    members %s to %s (%d) moved: offset %s → %s of the first\n",
				quote.Line(first.Name), quote.Line(last.Name), n, first.Old, first.New)
		} else {
			n = 1
			fmt.Fprintf(out, "    %s\n", d.paint(changeStyle(first.Class), first.String()))
		}
		i += n
	}
}

// changeStyle is how what is there on one side alone is shown.
func changeStyle(class diff.Class) style {
	switch class {
	case diff.Added:
		return good
	case diff.Removed:
		return bad
	}
	return plain
}

// movedTogether returns how many details from the first one on are members that moved by
// as much.
func movedTogether(details []diff.Detail) int {
	n := 1
	for ; n < len(details); n++ {
		d := &details[n]
		if details[0].Class != diff.Moved || d.Class != diff.Moved || d.NewOffset-d.OldOffset != details[0].NewOffset-details[0].OldOffset {
			break
		}
	}
	return n
}

// printModule prints a module that one kernel has, or has BTF of.
func (d *differ) printModule(old, new, name string, class diff.Class) error {
	if d.ignored[class] || d.ignored[diff.Class(strings.TrimPrefix(string(class), "btf "))] {
		return nil
	}
	d.differs = true
	switch {
	case d.silent:
		return nil
	case d.json:
		return d.printJSON(changeJSON{jsonHead: d.jsonHead(new), Old: old, Sort: "module", Name: name, Class: string(class), Details: []detailJSON{}})
	}
	text := map[diff.Class]string{
		diff.Added: "+ module %s", diff.Removed: "- module %s", "btf added": "module %s: has BTF now", "btf removed": "module %s: has no BTF now",
	}[class]
	if _, err := fmt.Fprintln(d.stdout, d.paint(changeStyle(class), fmt.Sprintf(text, quote.Name(name)))); err != nil {
		return stdoutError(err)
	}
	return nil
}

func (d *differ) printDiffJSON(old, new *diffSide, changes []*diff.Change) error {
	sum := comparisonJSON{jsonHead: d.jsonHead(new.name), Old: old.name, Same: len(changes) == 0}
	counts := [...]*int{&sum.Changed, &sum.Added, &sum.Removed}
	for _, c := range changes {
		*counts[diffColumn(c)]++
		out := changeJSON{d.jsonHead(new.name), old.name, c.Sort, c.Name, string(c.Class), c.Old, c.New, []detailJSON{}}
		for i := range c.Details {
			out.Details = append(out.Details, newDetailJSON(&c.Details[i]))
		}
		if err := d.printJSON(out); err != nil {
			return err
		}
	}
	return d.printJSON(sum)
}

func newDetailJSON(d *diff.Detail) detailJSON {
	out := detailJSON{Class: string(d.Class), What: d.What, Name: quote.Line(d.Name), Old: d.Old, New: d.New}
	if d.What != "member" {
		return out
	}
	if d.Class != diff.Added {
		out.OldOffset = &d.OldOffset
	}
	if d.Class != diff.Removed {
		out.NewOffset = &d.NewOffset
	}
	return out
}
