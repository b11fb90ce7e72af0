package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/kernel"
)

// printMarkdown prints the table as GitHub shows it, for the summary of a run or a comment: a column for each kernel,
// and below the table the reasons.
func (t *checkTable) printMarkdown(cmd *command) error {
	var b strings.Builder
	labels := t.labels()
	b.WriteString("| module |")
	for _, label := range labels {
		fmt.Fprintf(&b, " %s |", markdown(label))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(t.kernels)) + "\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "| %s |", markdown(r.module))
		for _, verdict := range r.verdicts {
			fmt.Fprintf(&b, " %s %s |", verdictSign(verdict), markdown(verdict))
		}
		b.WriteByte('\n')
	}
	for i, r := range t.reasons {
		if i == 0 {
			b.WriteByte('\n')
		}
		var on []string
		for _, c := range r.columns {
			on = append(on, labels[c-1])
		}
		where := ""
		if on != nil {
			where = " on " + strings.Join(on, ", ")
		}
		fmt.Fprintf(&b, "- %s%s: %s\n", markdown(r.module), markdown(where), markdown(r.text))
	}
	if _, err := cmd.stdout.Write([]byte(b.String())); err != nil {
		return stdoutError(err)
	}
	return nil
}

// labels are the kernels' columns: their files, and the releases that say which rules were asked. Files are without
// directories, unless two have one name.
func (t *checkTable) labels() []string {
	count := make(map[string]int)
	for _, k := range t.kernels {
		count[filepath.Base(k.name)]++
	}
	var labels []string
	for _, k := range t.kernels {
		label := filepath.Base(k.name)
		if count[label] > 1 {
			label = k.name
		}
		if k.version != (kernel.Version{}) && !strings.Contains(label, k.version.String()) {
			label += " (" + k.version.String() + ")"
		}
		labels = append(labels, label)
	}
	return labels
}

// verdictSign shows at a glance what a verdict means.
func verdictSign(verdict string) string {
	switch relocationStyle(verdict) {
	case good:
		return "✅"
	case doubt:
		return "❔"
	}
	return "❌"
}

// markdown is a text in which GitHub finds no markup.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range quote.Line(text) {
		if strings.ContainsRune("\\`*_{}[]<>#|~!&@", r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
