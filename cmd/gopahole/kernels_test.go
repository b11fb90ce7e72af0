package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gopahole/gopahole/kernel"
)

// TestKernels: each row of the table says something in all columns, in lines that fit
// on a page, and each word that it uses is explained.
func TestKernels(t *testing.T) {
	var text strings.Builder
	writeKernels(&text)
	lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	rows := kernelRows()
	if len(lines) != 1+len(rows) || len(rows) != len(kernel.All()) {
		t.Fatalf("%d lines, %d rows:\n%s", len(lines), len(rows), text.String())
	}
	var columns []int // where they begin
	for i, c := range lines[0] {
		if c != ' ' && (i == 0 || i > 1 && lines[0][i-2:i] == "  ") {
			columns = append(columns, i)
		}
	}
	if len(columns) != 6 {
		t.Fatalf("columns at %d", columns)
	}
	words := strings.FieldsFunc(strings.ToLower(kernelsWords), func(c rune) bool { return c < 'a' || c > 'z' })
	explained := map[string]bool{}
	for _, w := range words {
		explained[w] = true
	}
	for i, row := range rows {
		line := lines[i+1]
		if utf8.RuneCountInString(line) > 100 {
			t.Errorf("%d characters: %s", len(line), line)
		}
		for j, at := range columns {
			if len(line) <= at || line[at] == ' ' || j > 0 && line[at-2:at] != "  " {
				t.Errorf("column %d has nothing, or too much before: %s", j, line)
			}
		}
		if row.Linux == "" || row.Rules == "" || len(row.Judged) == 0 || row.Newest == "" || len(row.Encoder) == 0 || len(row.Resolve) == 0 {
			t.Errorf("%+v", row)
		}
		if known := len(row.Judged) == 1 && row.Judged[0] == row.Linux; known != (row.Rules == "known") {
			t.Errorf("%s has rules that are %s, and is judged by %q", row.Linux, row.Rules, row.Judged)
		}
		for _, w := range append(row.Encoder, row.Resolve...) {
			if !explained[strings.TrimSuffix(w, "s")] && !explained[w] {
				t.Errorf("%s: nobody says what %q is", row.Linux, w)
			}
		}
	}
}
