package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A style is what a program's or a verb's results look like.
type style struct {
	program string
	codes   []int
	verdict bool // status 1 is a verdict on standard output, not an error
	batch   bool // several lines of errors, one for each file and one at the end
	either  bool // with verdict: status 1 may be an error nevertheless, which a line says
	told    bool // what cannot be read is part of the result, as a file in a list
	prefix  []string
}

var (
	gopaholeLines = []string{"gopahole: "}
	paholeLines   = []string{"pahole: "} // a personality speaks under its own name
	resolveLines  = []string{"FAILED", "WARN", "ERROR", "gopahole: ", "resolve_btfids: ", "libbpf: "}

	asPahole     = style{program: "pahole", codes: []int{0, 1}, prefix: paholeLines}
	asGopahole   = style{program: "gopahole", codes: []int{0, 1}, prefix: gopaholeLines}
	asVerb       = style{program: "gopahole", codes: []int{0, 1, 3}, prefix: gopaholeLines}
	asVerdict    = style{program: "gopahole", codes: []int{0, 1, 3}, verdict: true, prefix: gopaholeLines}
	asJudged     = style{program: "gopahole", codes: []int{0, 1, 3}, verdict: true, either: true, prefix: gopaholeLines}
	asList       = style{program: "gopahole", codes: []int{0, 1, 3}, verdict: true, told: true, prefix: gopaholeLines}
	asBatch      = style{program: "gopahole", codes: []int{0, 1, 3}, batch: true, prefix: gopaholeLines}
	asResolve    = style{program: "resolve_btfids", codes: []int{0, 1, 255}, batch: true, prefix: resolveLines}
	mostMemory   = int64(500 << 20)
	slow         = int64(5e6) // CPU microseconds
	warnings     = []string{"gopahole: warning: ", "pahole: warning: ", "resolve_btfids: warning: ", "WARN"}
	partial      = []string{".gopahole-", ".tmp"}
	panicMarkers = []string{"panic: ", "fatal error: ", "DATA RACE", "goroutine 1 "}
)

// check says what must not be in the result of any call: the rule that is broken, what distinguishes the finding from
// others that break it, and details.
func check(c *call, r *result, after files, size int) (rule, what, details string) {
	verb := c.args[0]
	switch {
	case strings.Contains(r.died, "CPU") || strings.Contains(r.died, "hangs"):
		return r.died, verb + ": " + panicSignature(string(r.Stderr)), ""
	case r.died != "":
		return r.died, panicSignature(string(r.Stderr)), ""
	case slices.ContainsFunc(panicMarkers, func(m string) bool { return bytes.Contains(r.Stderr, []byte(m)) }):
		return "panic", panicSignature(string(r.Stderr)), ""
	case !slices.Contains(c.style.codes, r.Code):
		return "exit status", fmt.Sprintf("%s: %d: %s", verb, r.Code, signatureOf(string(r.Stderr))), ""
	case r.RSS > mostMemory && size < 4<<20:
		return "memory", verb, fmt.Sprintf("%d MB", r.RSS>>20)
	case r.CPU > slow && size < 4<<20:
		return "time", verb, fmt.Sprintf("%d ms", r.CPU/1000)
	}
	if what := checkFiles(c, r, after); what != "" {
		return "files", verb + ": " + what, ""
	}
	if bytes.ContainsFunc(r.Stdout, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }) {
		return "messages", verb + ": control characters on standard output", ""
	}
	if what := checkMessages(c, r); what != "" {
		return "messages", verb + ": " + what, ""
	}
	return "", "", ""
}

// checkFiles: nothing is written after an error, and nothing but the output else.
func checkFiles(c *call, r *result, after files) string {
	names := changed(c.inputs, after)
	for _, name := range c.always {
		if !slices.Contains(names, name) {
			return name + " not changed"
		}
	}
	for _, name := range names {
		switch {
		case slices.Contains(c.always, name):
		case slices.ContainsFunc(partial, func(p string) bool { return strings.Contains(name, p) }):
			return "temporary file left: " + numbers.ReplaceAllString(name, "N")
		case c.kept != "" && strings.HasPrefix(name, c.kept) && !strings.HasSuffix(name, " (removed)"):
		case r.Code != 0 && !(c.style.verdict && r.Code == 1):
			return fmt.Sprintf("exit status %d, and %s changed", r.Code, name)
		case !slices.Contains(c.outputs, name):
			return name + " changed"
		}
	}
	return ""
}

// checkMessages: after an error there is one line about it, which names a file; after success there is none.
func checkMessages(c *call, r *result) string {
	if !utf8.Valid(r.Stderr) {
		return "not UTF-8: " + signatureOf(string(r.Stderr))
	}
	var errors []string
	for line := range strings.Lines(string(r.Stderr)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, unicode.IsControl) {
			return "control characters: " + signatureOf(line)
		}
		if !slices.ContainsFunc(c.style.prefix, func(p string) bool { return strings.HasPrefix(line, p) }) {
			return "odd line: " + signatureOf(line)
		}
		if !isWarning(line) {
			errors = append(errors, line)
		}
	}
	failed := r.Code != 0 && !(c.style.verdict && r.Code == 1)
	switch {
	case !failed && len(errors) > 0 && !c.style.verdict:
		return fmt.Sprintf("exit status %d, and: %s", r.Code, signatureOf(errors[0]))
	case failed && c.style.told && bytes.Contains(r.Stdout, []byte("unreadable")):
		return ""
	case failed && c.style.verdict && slices.Contains(c.args, "--json"): // the message is in a line of JSON
		if !bytes.Contains(r.Stdout, []byte(`"error":`)) && len(errors) == 0 {
			return fmt.Sprintf("exit status %d without a message", r.Code)
		}
		return ""
	case failed && len(errors) == 0:
		return fmt.Sprintf("exit status %d without a message", r.Code)
	case failed && len(errors) > 1 && !c.style.batch && !c.style.verdict:
		return fmt.Sprintf("%d lines: %s", len(errors), signatureOf(errors[0]))
	case c.style.either && r.Code == 1 && len(errors) == 1 && namesFile(errors[0]):
		return ""
	case c.style.verdict && r.Code == 1 && len(r.Stdout) == 0:
		return "no verdict"
	case failed && c.style.batch && slices.Contains(c.args, "--json") && bytes.Contains(r.Stdout, []byte("toolfuzz-")):
		return "" // the message is in a line of JSON
	case failed && !namesFile(errors[0]):
		return "no file named: " + signatureOf(errors[0])
	}
	return ""
}

// isWarning reports whether a line of standard error says something of a result that is there all the same.
func isWarning(line string) bool {
	return slices.ContainsFunc(warnings, func(p string) bool { return strings.HasPrefix(line, p) })
}

// namesFile reports whether a line has the path of a file. All of a trial are below directories of this name.
func namesFile(line string) bool { return strings.Contains(line, "toolfuzz-") }
