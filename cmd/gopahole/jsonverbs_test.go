package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// jsonRuns are command lines of each verb that has --json, in the directory of jsonFiles: one
// that succeeds, "" for none everywhere, and one that fails.
var jsonRuns = map[string]struct{ good, bad string }{
	"encode":         {"encode -o out point.elf", "encode -o out missing"},
	"gen":            {"gen --base point.btf driver.ko", "gen --base missing driver.ko"},
	"gen core":       {"gen core -B point.btf -o min.btf prog.o", "gen core -B missing -o min.btf prog.o"},
	"distill":        {"distill --base base.btf -o copy.ko ids.ko", "distill --base base.btf missing"},
	"relocate":       {"relocate --check --kernel=6.12 --base base.btf distilled.ko", "relocate --check --base base.btf missing"},
	"verify":         {"verify --kernel=6.12,load point.btf", "verify point.btf missing"},
	"dump":           {"dump point.btf", "dump missing"},
	"diff":           {"diff base.btf base.btf", "diff base.btf missing"},
	"scan":           {"scan --kernel=6.12 -B point.btf driver.ko", "scan -B base.btf missing.ko"},
	"list":           {"", "list x"},
	"merge":          {"merge -o both.btf point.btf point.btf", "merge -o both.btf point.btf missing"},
	"inline":         {"inline scale inline.elf", "inline scale missing"},
	"explain":        {"explain point point.elf", "explain point missing"},
	"doctor":         {"", "doctor missing"},
	"report":         {"report -o page.html point.elf", "report -o page.html missing"},
	"archive run":    {"", "archive run -o archive missing.deb"},
	"archive status": {"", "archive status missing"},
	"archive get":    {"", "archive get -o out missing 6.12.1"},
	"version":        {"version --kernels", "version x"},
}

// inOtherForm are verbs whose JSON is that of another program, but for failures.
var inOtherForm = map[string]bool{"dump": true}

// jsonFiles fills a directory for jsonRuns.
func jsonFiles(t *testing.T) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, from := range map[string]string{
		"point.elf": "cmd/gopahole/example/point.elf", "inline.elf": "testdata/dwarf/inline-gcc-dwarf5.elf", "prog.o": "inspect/mincore/testdata/relocations-el.o",
	} {
		data, err := os.ReadFile(filepath.Join(root, from))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, setup := range []func(string) error{setupIDs, setupGen} {
		if err := setup(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, args := range []string{"-J --btf_encode_detached=point.btf point.elf", "distill --base base.btf -o distilled.ko ids.ko", "gen --base point.btf driver.ko"} {
		if code, _, stderr := runIn(strings.Fields(args)...); code != exitOK {
			t.Fatalf("%s: %s", args, stderr)
		}
	}
}

// TestJSONOfVerbs runs each verb with --json. What it prints is what the schema says, whether it
// succeeds or fails, and of a failure there is an object with the reason.
func TestJSONOfVerbs(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	jsonFiles(t)
	for _, v := range verbList {
		if v.personality() || without["json"][v.name] != "" {
			continue
		}
		runs, ok := jsonRuns[v.name]
		if !ok {
			t.Errorf("%s: not in jsonRuns", v.name)
			continue
		}
		for _, line := range []string{runs.good, runs.bad} {
			if line == "" {
				continue
			}
			code, stdout, stderr := runIn(append(strings.Fields(line), "--json")...)
			switch {
			case (code == exitOK) != (line == runs.good):
				t.Errorf("%s: exit code %d, %s", line, code, stderr)
			case line == runs.good && inOtherForm[v.name]:
				if !json.Valid([]byte(stdout)) {
					t.Errorf("%s: no JSON", line)
				}
			case stdout == "":
				t.Errorf("%s: no object", line)
			default:
				if err := checkSchema(root, []byte(stdout)); err != nil {
					t.Errorf("%s: %v", line, err)
				}
				checkHead(t, v.name, line, []byte(stdout), line == runs.bad)
			}
		}
	}
}

// checkHead looks at how each object begins, and for an object about a failure.
func checkHead(t *testing.T, verb, line string, stdout []byte, failed bool) {
	t.Helper()
	reason := false
	for object := range bytes.Lines(stdout) {
		var head struct {
			Schema      int
			Verb, Error string
			State       string
		}
		if err := json.Unmarshal(object, &head); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if head.Schema != jsonSchema || head.Verb != verb {
			t.Errorf("%s: schema %d, verb %q", line, head.Schema, head.Verb)
		}
		reason = reason || head.Error != "" || head.State == scanUnreadable.String()
	}
	if failed && !reason {
		t.Errorf("%s: no object says why: %s", line, stdout)
	}
}
