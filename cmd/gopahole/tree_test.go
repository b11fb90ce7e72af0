package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelpWidth: no line of a help text is longer than maxHelpWidth, and none ends in a space.
func TestHelpWidth(t *testing.T) {
	texts := map[string][]string{"": {"help"}, "--help": {"--help"}}
	for _, v := range verbList {
		texts[v.name] = append([]string{"help"}, strings.Fields(v.name)...)
	}
	for name, args := range texts {
		code, stdout, stderr := runIn(args...)
		if code != exitOK || stderr != "" || stdout == "" {
			t.Errorf("%s: exit code %d, %s", name, code, stderr)
		}
		for line := range strings.Lines(stdout) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > maxHelpWidth || strings.HasSuffix(line, " ") {
				t.Errorf("%s: %d characters: %q", name, n, line)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		text, separator, indent string
		width                   int
		want                    string
	}{
		{"one two three", " ", "", 7, "one two\nthree"},
		{"one two three", " ", "", 8, "one two\nthree"},
		{"one two three", " ", "", 100, "one two three"},
		{"one two three", " ", "    ", 8, "one\n    two\n    three"},
		{"longer,than,it", ",", "  ", 4, "longer,\n  than,\n  it"},
		{"a,b,c", ",", "  ", 6, "a,b,\n  c"},
		{"", " ", "", 5, ""},
	} {
		if got := wrap(tc.text, tc.separator, tc.indent, tc.width); got != tc.want {
			t.Errorf("%q, %d: %q, want %q", tc.text, tc.width, got, tc.want)
		}
	}
}

func TestReflow(t *testing.T) {
	for _, tc := range []struct {
		text  string
		width int
		want  string
	}{
		{"one two\nthree\n", 100, "one two three\n"},
		{"one two\nthree\n", 7, "one two\nthree\n"},
		{"one\n\ntwo\n  three four five\nsix\n", 7, "one\n\ntwo\n  three four five\nsix\n"},
		{"", 10, ""},
	} {
		if got := reflow(tc.text, tc.width); got != tc.want {
			t.Errorf("%q, %d: %q, want %q", tc.text, tc.width, got, tc.want)
		}
	}
}
