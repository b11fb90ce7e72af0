package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// everywhere are the options that a verb has, each with its letter. A verb that has one of
// them not is in without.
var everywhere = map[string]string{
	"help": "h", "max_memory": "", "color": "", "quiet": "q", "verbose": "v", "json": "", "jobs": "j",
}

// without says why a verb has not got an option.
var without = map[string]map[string]string{
	"verbose": {
		"archive":        "names other verbs",
		"archive run":    "a line for each package says what became of it",
		"archive status": "a line for each package says what became of it",
		"archive get":    "takes one thing",
		"archive serve":  "a proxy says who asked for what",
		"dump":           "prints all that is there",
		"inline":         "a line has all that is known of a place",
		"doctor":         "says what it looked at",
		"list":           "a line has all that is known of BTF",
		"example":        "shows one thing",
		"completion":     "prints a script",
		"help":           "prints texts",
		"version":        "--kernels is what there is more",
	},
	"json": {
		"archive serve": "answers with JSON",
		"archive":       "names other verbs",
		"example":       "shows what commands print for people",
		"completion":    "prints a script",
		"help":          "prints texts",
	},
	"jobs": {
		"archive":        "names other verbs",
		"archive status": "reads an index",
		"archive get":    "takes one thing",
		"archive serve":  "makes some answers at a time",
		"merge":          "types of one file come after those of the one before",
		"doctor":         "looks at few files, and reads little of each",
		"list":           "asks the kernel for one thing after the other",
		"example":        "encodes one small file",
		"completion":     "prints a script",
		"help":           "prints texts",
		"version":        "prints a line",
	},
}

// personality reports whether a verb has the command line of another program.
func (v verb) personality() bool { return v.run != nil }

// TestConventions holds all verbs to the same options.
func TestConventions(t *testing.T) {
	for _, v := range verbList {
		if v.personality() {
			continue
		}
		fs := v.flagSet(new(command))
		for option, letter := range everywhere {
			f, why := fs.Lookup(option), without[option][v.name]
			switch {
			case f == nil && why == "":
				t.Errorf("%s: no --%s, and nothing says why not", v.name, option)
			case f != nil && f.Shorthand != letter:
				t.Errorf("%s: --%s has the letter %q and not %q", v.name, option, f.Shorthand, letter)
			case f != nil && why != "":
				t.Errorf("%s: has --%s, which %q tells why it has not", v.name, option, why)
			}
		}
		fs.VisitAll(func(f *pflag.Flag) { checkOption(t, v, f) })
		for _, other := range []string{"btf_base", "base_btf"} {
			f, base := named(fs, other), fs.Lookup("base")
			if f != base || fs.Lookup(other) != nil || f != nil && f.Shorthand != "B" {
				t.Errorf("%s: --%s is not --base, -B", v.name, other)
			}
		}
	}
}

// checkOption looks at the letter of an option, and at its line in the help text.
func checkOption(t *testing.T, v verb, f *pflag.Flag) {
	if f.Hidden {
		return
	}
	for option, letter := range everywhere {
		if letter != "" && f.Shorthand == letter && f.Name != option {
			t.Errorf("%s: -%s is --%s, and elsewhere --%s", v.name, letter, f.Name, option)
		}
	}
	argument, usage := pflag.UnquoteUsage(f)
	if usage == "" || strings.HasSuffix(usage, ".") || strings.Contains(f.Name, "-") {
		t.Errorf("%s: --%s: %q", v.name, f.Name, usage)
	}
	if argumentOf(f) == requiredArgument && argument != strings.ToUpper(argument) {
		t.Errorf("%s: --%s: the argument %q is not in capital letters", v.name, f.Name, argument)
	}
}

// TestWrongUsage: what is wrong with a command line is said on a line, which names where to
// read more, with status 2, for all verbs.
func TestWrongUsage(t *testing.T) {
	for _, v := range verbList {
		if v.personality() {
			continue
		}
		words := strings.Fields(v.name)
		type usage struct {
			args []string
			want string // part of the line
		}
		wrong := map[string]usage{
			"an option that there is none of": {[]string{"--xyzzy"}, "unrecognized option '--xyzzy'"},
			"a letter that there is none of":  {[]string{"-0"}, "invalid option -- '0'"},
			"a mistyped option":               {[]string{"--colour=never"}, "did you mean --color?"},
			"no argument for an option":       {[]string{"--max_memory"}, "requires an argument"},
			"a wrong value":                   {[]string{"--color=purple"}, "'purple' is none of auto, always, never"},
			"an argument for an option":       {[]string{"--quiet=no"}, "doesn't allow an argument"},
		}
		if !runsWithout[v.name] {
			wrong["no arguments"] = usage{nil, v.name + ": "}
		}
		if v.name == "list" || v.name == "version" {
			wrong["an argument"] = usage{[]string{"argument"}, "takes no "}
		}
		for name, tt := range wrong {
			code, stdout, stderr := runIn(append(slices.Clone(words), tt.args...)...)
			line := fmt.Sprintf("ee `gopahole help %s'\n", v.name)
			if code != exitVerbUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, tt.want) || !strings.HasSuffix(stderr, line) {
				t.Errorf("%s, %s: exit code %d, %q, %q", v.name, name, code, stdout, stderr)
			}
		}
	}
}

// runsWithout are the verbs that need no argument.
var runsWithout = map[string]bool{"doctor": true, "list": true, "example": true, "help": true, "version": true}

// TestHelpOfVerbs: the help text of a verb comes in four ways, whatever else is on the
// command line.
func TestHelpOfVerbs(t *testing.T) {
	for _, v := range verbList {
		if v.personality() {
			continue
		}
		words := strings.Fields(v.name)
		_, want, _ := runIn(append([]string{"help"}, words...)...)
		for _, args := range [][]string{{"--help"}, {"-h"}, {"-?"}, {"-h", "a", "b"}, {"--color=always", "--hel"}} {
			code, stdout, stderr := runIn(append(slices.Clone(words), args...)...)
			if code != exitOK || stdout != want || stderr != "" || want == "" {
				t.Errorf("%s %v: exit code %d, %q, %s", v.name, args, code, stdout, stderr)
			}
		}
	}
}
