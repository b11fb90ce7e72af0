package main

import (
	"os"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// A judgeVerb is a way to have a kernel asked about a module: by a command line in which
// BASE, KERNEL and FEATURES stand for what the row of a table says.
type judgeVerb struct {
	name string
	args string
	// base and kernel are how the verb has these options; %s is their argument.
	base, kernel, unnamed string
}

var judgeVerbs = []judgeVerb{
	{"gen", "gen KEEP BASE KERNEL", "--base=", "--release=", ""},
	{"encode", "encode --in_place --features=FEATURES BASE KERNEL", "--base=", "--verify=", "--verify"},
	{"-J", "-J --btf_features=FEATURES BASE KERNEL", "--btf_base=", "--verify=", "--verify"},
	{"verify", "verify BASE KERNEL", "--base=", "--kernel=", ""},
}

// verdictWords are the words of each verdict in messages, and the status of a verb.
var verdictWords = map[string]struct {
	words  []string // one of them
	status int
}{
	"accepted": {[]string{"", "accepted by"}, exitOK},
	"refused":  {[]string{"refused by"}, exitFailure},
	"unknown":  {[]string{"is not known", "unknown for"}, exitFailure},
}

// agree is a row of a table: whatever verb asks a kernel about a module, the verdict is
// the same, and so is the exit status.
func agree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 {
		ts.Fatalf("usage: agree VERDICT KERNEL|- distil|keep MODULE BASE...")
	}
	verdict, kernel, mode, name, bases := args[0], args[1], args[2], args[3], args[4:]
	want, ok := verdictWords[verdict]
	if !ok {
		ts.Fatalf("no verdict %s", verdict)
	}
	keep, features := "", "default,distilled_base"
	if mode == "keep" {
		keep, features = "--keep_base", "default"
	}
	original := ts.ReadFile(name)
	for _, verb := range judgeVerbs {
		ts.Check(os.WriteFile(ts.MkAbs("agree.ko"), []byte(original), 0o644))
		options := func(option string) (list []string) {
			for _, base := range bases {
				list = append(list, option+base)
			}
			return list
		}
		if verb.name == "verify" { // of what -J makes without a question
			ts.Check(ts.Exec("gopahole", append(append([]string{"-J", "--btf_features=" + features}, options("--btf_base=")...), "agree.ko")...))
		}
		asked := verb.unnamed
		if kernel != "-" {
			asked = verb.kernel + kernel
		}
		line := strings.NewReplacer("KEEP", keep, "FEATURES", features, "KERNEL", asked, "BASE", strings.Join(options(verb.base), " ")).Replace(verb.args)
		before := ts.ReadFile("agree.ko")
		err := ts.Exec("gopahole", append(strings.Fields(line), "agree.ko")...)
		status := 0
		if exit, ok := err.(*exec.ExitError); ok {
			status = exit.ExitCode()
		}
		said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
		has := false
		for _, w := range want.words {
			has = has || w != "" && strings.Contains(said, w) || w == "" && !strings.Contains(said, "gopahole: agree.ko: ")
		}
		if status != want.status || !has {
			ts.Fatalf("%s: status %d, want %d and %s\n%s", line, status, want.status, verdict, said)
		}
		if status != exitOK && ts.ReadFile("agree.ko") != before {
			ts.Fatalf("%s: the module is changed", line)
		}
	}
}
