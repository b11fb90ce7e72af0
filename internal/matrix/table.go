package main

import (
	"fmt"
	"slices"
	"strings"
)

// table writes the results as Markdown.
func table(cells []*cell) string {
	var b strings.Builder
	counts := map[verdict]int{}
	for _, c := range cells {
		counts[c.verdict]++
	}
	fmt.Fprintf(&b, `# Compilers, DWARF versions, forms and machines

Made by make matrix; see internal/matrix. pahole is 1.32 with libbpf 1.8, and each program is encoded with no features,
with the default ones and with all. For the machine that the compilers run on, the oldest and newest of them have all
forms in all versions of DWARF, those between all forms in DWARF 5; the rest has the usual forms: object, ld -r, linked,
type units, 64-bit DWARF, thread-local variables.

| result | programs | meaning |
|---|---|---|
| same | %d | the same bytes |
| better | %d | other bytes or none of pahole, for a reason below; the types are those of another form of the program |
| not supported | %d | refused, for a reason below |
| unexplained | %d | must be 0 |
| not made | %d | the compiler or the linker does not offer this |

The columns have the numbers of programs that are same / better / not supported (/ unexplained).

| compiler | DWARF 2 | DWARF 3 | DWARF 4 | DWARF 5 |
|---|---|---|---|---|
`, counts[same], counts[better], counts[notSupported], counts[unexplainedResult], counts[notMade])
	var names []string
	byName := map[string][]*cell{}
	for _, c := range cells {
		n := c.compiler.name
		if byName[n] == nil {
			names = append(names, n)
		}
		byName[n] = append(byName[n], c)
	}
	for _, n := range names {
		fmt.Fprintf(&b, "| %s |", n)
		for dwarf := 2; dwarf <= 5; dwarf++ {
			counts := map[verdict]int{}
			for _, c := range byName[n] {
				if c.dwarf == dwarf {
					counts[c.verdict]++
				}
			}
			fmt.Fprintf(&b, " %d / %d / %d", counts[same], counts[better], counts[notSupported])
			if counts[unexplainedResult] > 0 {
				fmt.Fprintf(&b, " / **%d**", counts[unexplainedResult])
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	for _, v := range []verdict{better, notSupported, unexplainedResult, notMade} {
		if counts[v] > 0 {
			fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(v.String()[:1])+v.String()[1:])
			reasons(&b, cells, v)
		}
	}
	return b.String()
}

// reasons lists the cells of a verdict, by reason and form.
func reasons(b *strings.Builder, cells []*cell, v verdict) {
	var order []string
	by := map[string][]*cell{}
	for _, c := range cells {
		if c.verdict != v {
			continue
		}
		r := c.reason
		if v == notMade {
			r = c.form.name
		}
		if by[r] == nil {
			order = append(order, r)
		}
		by[r] = append(by[r], c)
	}
	for _, r := range order {
		fmt.Fprintf(b, "\n%s (%d):\n", r, len(by[r]))
		var forms []string
		of := map[string]map[string][]int{}
		for _, c := range by[r] {
			f := c.form.name
			if of[f] == nil {
				of[f] = map[string][]int{}
				forms = append(forms, f)
			}
			of[f][c.compiler.name] = append(of[f][c.compiler.name], c.dwarf)
		}
		for _, f := range forms {
			var parts []string
			for _, c := range by[r] {
				if versions := of[f][c.compiler.name]; versions != nil {
					parts = append(parts, fmt.Sprintf("%s %s", c.compiler.name, strings.Trim(strings.ReplaceAll(fmt.Sprint(versions), " ", ","), "[]")))
					delete(of[f], c.compiler.name)
				}
			}
			slices.Sort(parts)
			fmt.Fprintf(b, "- %s: %s\n", f, strings.Join(parts, "; "))
		}
	}
}
