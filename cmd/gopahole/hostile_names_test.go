package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gopahole/gopahole/btf"
)

// hostile are names that would do something else in a terminal than be shown: begin a
// line, colour it, hide or turn what follows.
var hostile = []string{"a\nFORGED", "\x1b[31m", "\u009b31m", "\u202egnp", "\xff\xfe", "del\x7f\r", "tab\t\u200b"}

// TestHostileNames runs all verbs on files, types and options with such names: nothing of
// them reaches the terminal but as an escape, and each line is one of ours.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir) // example makes a directory of that name
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Skip(err) // a file system that has no such names
		}
		return path
	}
	// The names in the DWARF, of the same lengths.
	object := exampleObject
	for from, to := range map[string]string{"point": "\nFORG", "color": "\x1b[31m", "GREEN": "\u009b\u202e", "BLUE": "\xff\r\x7f\t"} {
		if !bytes.Contains(object, []byte(from)) {
			t.Fatalf("the example has no %s", from)
		}
		object = bytes.ReplaceAll(object, []byte(from), []byte(to))
	}
	types := btf.NewBuilder(nil, nil)
	for _, name := range hostile {
		types.AddInt(name, 4, 0)
	}
	blob, err := types.Build()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	for i, name := range hostile {
		module, raw, junk := write(name+".ko", object), write(name+".btf", blob.Bytes()), write(name, []byte("junk"))
		missing := filepath.Join(dir, "no"+name)
		detached := filepath.Join(dir, name+".out")
		for _, args := range [][]string{
			{"-J", "-V", "--btf_features=all", "--btf_encode_detached=" + detached, module},
			{"-J", "--btf_features=default," + name, "-V", module},
			{"-J", "--btf_features_strict=" + name, module},
			{"-J", "--lang_exclude=" + name, module}, {"-J", "--lang=rust", module}, {"-J", "-X", "", module},
			{"-J", missing}, {"-J", junk}, {"-J", "--btf_base=" + junk, module}, {"-J", module, junk},
			{"--" + name}, {"-J", "--btf_compat=" + name}, {"-J", "--max_memory=" + name}, {"-J", "--format_path=" + name, module},
			{"-J", "--verify=" + name, module}, {"-J", "--verify", module}, {"--stats", "-J", module},
			{"dump", raw}, {"dump", module}, {"dump", detached}, {"dump", junk}, {"dump", missing}, {"dump", "-B", junk, raw}, {"dump", module, name},
			{"encode", "--base=" + raw, "-o", out, module, junk, missing}, {"encode", "--json", "--base=" + raw, "-o", out, module, junk},
			{"encode", "--base=" + junk, "-o", out, module}, {"encode", "--base=" + raw, "--in_place", module, dir},
			{"encode", "--features=" + name, "--base=" + raw, "-o", out, module},
			{"gen", "--base=" + raw, module}, {"gen", "--base=" + junk, module, missing},
			{"distill", "--base=" + raw, module}, {"distill", "--base=" + junk, module}, {"distill", "--base=" + raw, "-o", out, junk},
			{"relocate", "--check", "--base=" + raw, module}, {"relocate", "--check", "-v", "--base=" + raw, "--base=" + detached, module, junk, missing},
			{"relocate", "--check", "--json", "--base=" + raw, module, junk}, {"relocate", "--base=" + raw, "-o", detached, module},
			{"verify", raw}, {"verify", "-v", module}, {"verify", "--json", raw, junk},
			{"verify", "--kfuncs", "--base=" + raw, module}, {"verify", "--base=" + junk, raw},
			{"verify", "--kernel=" + name, raw},
			{"resolve_btfids", module}, {"resolve_btfids", "--btf", junk, module},
			{"resolve_btfids", "-v", "--btf", raw, module}, {"resolve_btfids", "--patch_btfids", junk, module},
			{"resolve_btfids", "--" + name},
			{"report", "-v", "-o", out + ".html", module}, {"report", "--json", "-o", out + ".html", raw}, {"report", "-o", out + ".html", junk},
			{"report", "-v", "-o", out + ".html", "--base=" + raw, module, "--kernels=" + detached}, {"report", "-o", out + ".html", "--encoding=" + junk},
			{"report", "-o", out + ".html", module, missing}, {"report", "--name=" + name, "-o", out + ".html", module},
			{"completion", name}, {"example", name}, {"version", name},
		} {
			var stdout, stderr bytes.Buffer
			run(append([]string{program}, args...), func(string) (string, bool) { return "", false }, &stdout, &stderr)
			for stream, text := range map[string]string{"output": stdout.String(), "error output": stderr.String()} {
				checkShown(t, i, args, stream, text)
			}
		}
	}
}

// checkShown looks for characters that are not shown, and for lines that begin with what
// follows a newline in a name.
func checkShown(t *testing.T, i int, args []string, stream, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "FORG") {
			t.Errorf("%q, %s: a name began a line: %q", args, stream, line)
		}
		for _, r := range line {
			if !strconv.IsPrint(r) {
				t.Errorf("%q, %s, name %d: character %#x in %q", args, stream, i, r, line)
				break
			}
		}
		if !utf8.ValidString(line) {
			t.Errorf("%q, %s: bytes that are no UTF-8 in %q", args, stream, line)
		}
	}
}

// TestJSONPaths: paths that differ in bytes that are no UTF-8 differ in JSON.
func TestJSONPaths(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain.ko", "\xff.ko", "\xfe.ko", "\ufffd.ko"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("junk"), 0o644); err != nil {
			t.Skip(err)
		}
		for _, args := range [][]string{{"encode", "--json", "--in_place", path}, {"verify", "--json", path}} {
			var stdout, stderr bytes.Buffer
			run(append([]string{program}, args...), func(string) (string, bool) { return "", false }, &stdout, &stderr)
			var object map[string]any
			first, _, _ := bytes.Cut(stdout.Bytes(), []byte("\n"))
			if err := json.Unmarshal(first, &object); err != nil {
				t.Fatalf("%q: %v in %s, %s", name, err, stdout.Bytes(), stderr.Bytes())
			}
			got, _ := object["file"].(string)
			if encoded, ok := object["file_base64"].(string); ok {
				raw, err := base64.StdEncoding.DecodeString(encoded)
				if err != nil || utf8.Valid(raw) {
					t.Errorf("%q: %s, %v", name, encoded, err)
				}
				got = string(raw)
			}
			if got != path {
				t.Errorf("%q: the path reads %q in %s", name, got, stdout.Bytes())
			}
		}
	}
}
