package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// traceFlags returns options of every arity. Each writes its name and argument
// to trace when it is set.
func traceFlags(trace *[]string) *pflag.FlagSet {
	fs := newFlagSet()
	for _, name := range []string{"encode J", "encode_force", "verbose V"} {
		long, short, _ := strings.Cut(name, " ")
		on(fs, long, short, "", func() { *trace = append(*trace, long) })
	}
	for _, name := range []string{"base", "exclude X"} {
		long, short, _ := strings.Cut(name, " ")
		fs.FuncP(long, short, "", func(v string) error { *trace = append(*trace, long+"="+v); return nil })
	}
	jobs := traceValue{"jobs", trace}
	fs.VarPF(jobs, "jobs", "j", "").NoOptDefVal = "none"
	fs.Func("broken", "", func(v string) error { return errors.New("no " + v) })
	return fs
}

type traceValue struct {
	name  string
	trace *[]string
}

func (v traceValue) Set(s string) error { *v.trace = append(*v.trace, v.name+"="+s); return nil }
func (v traceValue) Type() string       { return "" }
func (v traceValue) String() string     { return "" }

func TestParseArgs(t *testing.T) {
	for _, tt := range []struct {
		name, args string
		want       string // options as they were set, operands after a bar
	}{
		{"operands only", "a b", "| a b"},
		{"options and operands mixed", "a -J b --base=x c", "encode base=x | a b c"},
		{"argument attached or separate", "--base=x --base y -Xp -X q", "base=x base=y exclude=p exclude=q |"},
		{"empty attached argument", "--base=", "base= |"},
		{"an argument may look like an option", "--base -J -X --base", "base=-J exclude=--base |"},
		{"optional argument, attached", "-j4 --jobs=5", "jobs=4 jobs=5 |"},
		{"optional argument, absent", "-j --jobs", "jobs=none jobs=none |"},
		{"optional argument, separate: an operand", "-j 4 --jobs 5", "jobs=none jobs=none | 4 5"},
		{"optional argument, attached and empty", "--jobs=", "jobs= |"},
		{"equals sign after a short option", "-j=4 -X=p", "jobs==4 exclude==p |"},
		{"cluster", "-JV", "encode verbose |"},
		{"cluster with an attached argument at the end", "-Jj4 -VXp", "encode jobs=4 verbose exclude=p |"},
		{"cluster with a separate argument", "-JX p", "encode exclude=p |"},
		{"letters after an optional argument's option belong to it", "-jJ", "jobs=J |"},
		{"abbreviation", "--verb --ex=p", "verbose exclude=p |"},
		{"a full name that begins another one", "--encode", "encode |"},
		{"dashes for underscores", "--encode-force", "encode_force |"},
		{"dashes in an abbreviation", "--encode-f", "encode_force |"},
		{"dashes in an argument stay", "--base=a-b", "base=a-b |"},
		{"two dashes end the options", "-J -- -V --base", "encode | -V --base"},
		{"one dash is an operand", "-J -", "encode | -"},
		{"nothing", "", "|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var trace []string
			operands, err := parseArgs(traceFlags(&trace), strings.Fields(tt.args), false)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(append(append(trace, "|"), operands...), " ")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestParseArgsErrors has texts recorded from pahole 1.32.
func TestParseArgsErrors(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--bogus", "unrecognized option '--bogus'"},
		{"--bogus=3", "unrecognized option '--bogus'"},
		{"--enc", "option '--enc' is ambiguous; possibilities: '--encode' '--encode_force'"},
		{"--encode=3", "option '--encode' doesn't allow an argument"},
		{"--encode=", "option '--encode' doesn't allow an argument"},
		{"--base", "option '--base' requires an argument"},
		{"-J -Q", "invalid option -- 'Q'"},
		{"-JQV", "invalid option -- 'Q'"},
		{"-Jä", `invalid option -- "\xc3"`},
		{"-J -X", "option requires an argument -- 'X'"},
	} {
		var trace []string
		_, err := parseArgs(traceFlags(&trace), strings.Fields(tt.args), false)
		if usage := new(usageError); !errors.As(err, &usage) || err.Error() != tt.want {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.args, err, tt.want)
		}
	}
}

// TestValueErrors: what a value says about its argument reaches the user as it is.
func TestValueErrors(t *testing.T) {
	var trace []string
	_, err := parseArgs(traceFlags(&trace), []string{"--broken=x"}, false)
	if fmt.Sprint(err) != "no x" {
		t.Errorf("got %v", err)
	}
}

func TestPosixlyCorrect(t *testing.T) {
	var trace []string
	operands, err := parseArgs(traceFlags(&trace), strings.Fields("-J a -V b"), true)
	if err != nil || fmt.Sprint(trace, operands) != "[encode] [a -V b]" {
		t.Errorf("got %v %v, %v", trace, operands, err)
	}
}
