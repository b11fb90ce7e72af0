package main

import (
	"strings"
	"testing"
)

// TestCheck: each rule notices what breaks it, and nothing else is noticed.
func TestCheck(t *testing.T) {
	in := files{"object": []byte("before")}
	const named = "gopahole: /tmp/toolfuzz-1/lane0/object: something is wrong\n"
	for _, test := range []struct {
		name  string
		style style
		r     result
		after files
		want  string // the rule
	}{
		{"success", asGopahole, result{}, in.with("out", nil), ""},
		{"success with a warning", asGopahole, result{Stderr: []byte("gopahole: warning: a\n")}, in, ""},
		{"warning of a personality", asPahole, result{Stderr: []byte("pahole: warning: a\n")}, in, ""},
		{"error of a personality", asPahole, result{Code: 1, Stderr: []byte(strings.Replace(named, "gopahole", "pahole", 1))}, in, ""},
		{"error under another name", asPahole, result{Code: 1, Stderr: []byte(named)}, in, "messages"},
		{"error", asGopahole, result{Code: 1, Stderr: []byte(named)}, in, ""},
		{"verdict", asVerdict, result{Code: 1, Stdout: []byte("object: refused\n")}, in, ""},
		{"batch", asBatch, result{Code: 1, Stderr: []byte(named + "gopahole: 1 of 1 files\n")}, in, ""},
		{"unreadable in a list", asList, result{Code: 3, Stdout: []byte("object  unreadable\n")}, in, ""},
		{"kept", asGopahole, result{Code: 1, Stderr: []byte(named)}, in.with("kept/a", nil), ""},
		{"error of the other program", asResolve, result{Code: 255, Stderr: []byte("FAILED cannot open /tmp/toolfuzz-1/object\n")}, in, ""},

		{"panic", asGopahole, result{Code: 2, Stderr: []byte("panic: index out of range\n")}, in, "panic"},
		{"dead", asGopahole, result{died: "died", Stderr: []byte("fatal error: stack overflow\n")}, in, "died"},
		{"race", asGopahole, result{Code: 66, Stderr: []byte("WARNING: DATA RACE\n")}, in, "panic"},
		{"endless", asGopahole, result{died: "takes too much CPU time"}, in, "takes too much CPU time"},
		{"slow", asGopahole, result{CPU: 20e6}, in, "time"},
		{"large", asGopahole, result{RSS: 2 << 30}, in, "memory"},
		{"status", asGopahole, result{Code: 3, Stderr: []byte(named)}, in, "exit status"},
		{"written after an error", asGopahole, result{Code: 1, Stderr: []byte(named)}, in.with("out", nil), "files"},
		{"changed after an error", asGopahole, result{Code: 1, Stderr: []byte(named)}, in.with("object", []byte("after")), "files"},
		{"input changed", asGopahole, result{}, in.with("object", []byte("after")), "files"},
		{"input removed", asGopahole, result{}, files{}, "files"},
		{"temporary file", asGopahole, result{}, in.with(".object.gopahole-123", nil), "files"},
		{"changed by a verdict", asVerdict, result{Code: 1, Stdout: []byte("refused\n")}, in.with("object", nil), "files"},
		{"no message", asGopahole, result{Code: 1}, in, "messages"},
		{"two messages", asGopahole, result{Code: 1, Stderr: []byte(named + named)}, in, "messages"},
		{"no file named", asGopahole, result{Code: 1, Stderr: []byte("gopahole: something is wrong\n")}, in, "messages"},
		{"message after success", asGopahole, result{Stderr: []byte(named)}, in, "messages"},
		{"escape", asGopahole, result{Stderr: []byte("gopahole: warning: \x1b[2J\n")}, in, "messages"},
		{"escape on standard output", asVerb, result{Stdout: []byte("\x1b[2J\n")}, in, "messages"},
		{"odd line", asGopahole, result{Stderr: []byte("oops\n")}, in, "messages"},
		{"no UTF-8", asGopahole, result{Stderr: []byte("gopahole: warning: \xff\n")}, in, "messages"},
		{"an error in place of a verdict", asJudged, result{Code: 1, Stderr: []byte(named)}, in, ""},
		{"neither error nor verdict", asJudged, result{Code: 1}, in, "messages"},
		{"nothing in a list", asList, result{Code: 3, Stdout: []byte("object  split\n")}, in, "messages"},
		{"removed of what is kept", asGopahole, result{Code: 1, Stderr: []byte(named)}, files{}, "files"},
		{"no verdict", asVerdict, result{Code: 1}, in, "messages"},
	} {
		c := &call{style: test.style, inputs: in, outputs: []string{"out"}, kept: "kept/", args: []string{"verb"}}
		if rule, what, _ := check(c, &test.r, test.after, 1<<20); rule != test.want {
			t.Errorf("%s: %q (%s), want %q", test.name, rule, what, test.want)
		}
	}
	c := &call{style: asBatch, inputs: in, always: []string{"good"}, args: []string{"encode"}}
	r := &result{Code: 1, Stderr: []byte(named)}
	if rule, _, _ := check(c, r, in, 1); rule != "files" {
		t.Errorf("a file that has to change: %q", rule)
	}
	if rule, what, _ := check(c, r, in.with("good", nil), 1); rule != "" {
		t.Errorf("a file that has to change, and does: %q (%s)", rule, what)
	}
}

// TestSignature: findings of one class have one signature.
func TestSignature(t *testing.T) {
	a := signatureOf("gopahole: x: .debug_info+0x12: DIE 'a' of 7 bytes\nmore")
	b := signatureOf("gopahole: x: .debug_info+0xff123: DIE 'another' of 12 bytes")
	if a != b || !strings.Contains(a, ".debug_info") {
		t.Errorf("%q and %q", a, b)
	}
	stack := "panic: index 5 out of range [recovered]\n\ngoroutine 1 [running]:\n" +
		"github.com/gopahole/gopahole/btf.Parse(0x12, {0x1})\n\t/x/y.go:12\n"
	if got := panicSignature(stack); !strings.Contains(got, "btf.Parse") || strings.Contains(got, "0x") {
		t.Error(got)
	}
}
