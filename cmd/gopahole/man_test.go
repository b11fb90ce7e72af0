package main

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var updateManual = flag.Bool("update", false, "write the manual pages in contrib/man anew")

// manualDir has the manual pages, which make install installs.
const manualDir = "../../contrib/man"

// TestManual compares the manual pages with what the options and the help texts of
// all verbs make now.
func TestManual(t *testing.T) {
	want := manualPages()
	if *updateManual {
		writeManual(t, want)
	}
	entries, err := os.ReadDir(manualDir)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		there = append(there, e.Name())
	}
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(there, names) {
		t.Errorf("%s has the files\n%v\nand not\n%v", manualDir, there, names)
	}
	for name, page := range want {
		got, err := os.ReadFile(filepath.Join(manualDir, name))
		if err != nil || !bytes.Equal(got, page) {
			t.Errorf("%s is not what the options and help texts make: make manual (%v)", name, err)
		}
	}
}

// writeManual writes the pages, and removes those of verbs that there are no more.
func writeManual(t *testing.T, pages map[string][]byte) {
	old, err := filepath.Glob(filepath.Join(manualDir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if pages[filepath.Base(name)] == nil {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(manualDir, name), page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestManualIsReadable gives the manual pages to groff and to mandoc, where they are, which
// warn of what they do not understand. The pages have no date: they say which version they are of.
func TestManualIsReadable(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(manualDir, "*.1"))
	if err != nil || len(pages) < len(verbList) {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	if mandoc, err := exec.LookPath("mandoc"); err == nil {
		out, _ := exec.Command(mandoc, append([]string{"-Tlint"}, pages...)...).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, `missing date, using ""`) {
				t.Errorf("mandoc: %s", line)
			}
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff")
	}
	var plain strings.Builder
	for _, page := range pages {
		cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", page)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		text, err := cmd.Output()
		if err != nil || stderr.Len() > 0 {
			t.Errorf("groff: %v\n%s", err, stderr.String())
		}
		plain.Write(regexp.MustCompile("\x1b\\[[0-9;]*m|.\b").ReplaceAll(text, nil))
	}
	for _, want := range []string{"--btf_features=LIST", "--lang_exclude=LIST", "resolve_btfids [--btf BTF] [-b BASE] FILE"} {
		if !strings.Contains(plain.String(), want) {
			t.Errorf("no page shows %q", want)
		}
	}
}
