package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestEncodingReport checks what --report says against the files, and that its parts add up.
func TestEncodingReport(t *testing.T) {
	const root, objects = "../..", "../../testdata/dwarf/"
	dir := t.TempDir()
	file := filepath.Join(dir, "report.json")
	inputs := []string{objects + "ambiguous-gcc-dwarf5.elf", objects + "no-dwarf.elf", objects + "atomic-gcc-dwarf5.elf", objects + "clones-gcc-dwarf5.elf"}
	args := append([]string{"gopahole", "encode", "-q", "--report=" + file, "-o", dir}, inputs...)
	if code := run(args, func(string) (string, bool) { return "", false }, io.Discard, io.Discard); code != exitFailure {
		t.Fatalf("exit status %d, want %d: one of the files cannot be encoded", code, exitFailure)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkSchema(root, text); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	status := []string{"encoded", "skipped", "failed", "encoded"}
	if len(lines) != len(status) {
		t.Fatalf("%d lines for %d files", len(lines), len(status))
	}
	for i, line := range lines {
		var r encodingReport
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.File != inputs[i] || r.Status != status[i] || (r.Error != "") != (r.Status == statusFailed) {
			t.Errorf("line %d: %s %s %q", i, r.File, r.Status, r.Error)
		}
		if want := fileDigest(t, inputs[i]); r.Input == nil || *r.Input != want {
			t.Errorf("%s: input %v, want %v", r.File, r.Input, want)
		}
		if r.Status != statusEncoded {
			continue
		}
		if want := fileDigest(t, r.Output.BTF); r.Output.digestReport != want {
			t.Errorf("%s: output %v, want %v", r.File, r.Output, want)
		}
		const header = 24
		kinds, sources, types, ofKinds := header, 0, 0, 0
		for _, k := range r.Kinds {
			kinds += k.Bytes
			types += k.Types
			if k.Type != "strings" {
				sources -= k.Bytes
			}
		}
		for _, s := range r.Sources {
			sources += s.Bytes
			for _, k := range s.Kinds {
				ofKinds += k.Bytes
			}
			ofKinds -= s.Bytes
		}
		if ofKinds != 0 {
			t.Errorf("%s: kinds of directories miss these by %d bytes", r.File, ofKinds)
		}
		skipped := 0
		for _, s := range r.Reasons {
			skipped += s.Functions
		}
		if kinds != int(r.Output.Bytes) || types != r.Counts.Types || sources != 0 {
			t.Errorf("%s: kinds have %d bytes of %d and %d types of %d, directories miss it by %d bytes", r.File, kinds, r.Output.Bytes, types, r.Counts.Types, sources)
		}
		if skipped != r.Counts.Skipped || skipped != len(r.Skipped) || skipped == 0 {
			t.Errorf("%s: %d functions by reason, %d by name, %d counted", r.File, skipped, len(r.Skipped), r.Counts.Skipped)
		}
	}
}

func fileDigest(t *testing.T, name string) digestReport {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return digestReport{int64(len(data)), hex.EncodeToString(sum[:])}
}

// TestReportOverInput: the report is written over no input.
func TestReportOverInput(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.elf")
	data, err := os.ReadFile("../../testdata/dwarf/clones-gcc-dwarf5.elf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	code := run([]string{"gopahole", "encode", "--report=" + name, "-o", t.TempDir(), name}, func(string) (string, bool) { return "", false }, io.Discard, io.Discard)
	if after, err := os.ReadFile(name); code != exitFailure || err != nil || !bytes.Equal(after, data) {
		t.Errorf("exit status %d, want %d, and the input as it was (%v)", code, exitFailure, err)
	}
}
