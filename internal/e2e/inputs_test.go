package e2e

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestInputs gives the command things that are no object with DWARF.
func TestInputs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tc := range []struct {
		name, input string
		exitCode    int
		stderr      string
	}{
		{"an empty file", write("empty", ""), 1, `empty`},
		{"text", write("text", "#!/bin/sh\nexit 0\n"), 1, `text`},
		{"a missing file", filepath.Join(dir, "missing"), 1, `missing: no such file`},
		{"a directory", dir, 1, `is a directory`},
		// Kernel builds have such objects among others.
		{"an ELF file without DWARF", filepath.Join(root, "testdata/dwarf/no-dwarf.elf"), 0, `no-dwarf\.elf`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, detached := range []bool{true, false} {
				out := filepath.Join(t.TempDir(), "out.btf")
				args := []string{"-J", "--btf_features=default"}
				input := tc.input
				if detached {
					args = append(args, "--btf_encode_detached="+out)
				} else if tc.exitCode == 0 {
					input = copyOf(t, input)
				}
				before, readErr := os.ReadFile(input)
				res := run(t, append(args, input)...)
				if res.exitCode != tc.exitCode || !regexp.MustCompile(`^[^\n]*`+tc.stderr+`[^\n]*\n$`).MatchString(res.stderr) {
					t.Errorf("detached=%v: exit status %d: %q, want %d and one line with %q", detached, res.exitCode, res.stderr, tc.exitCode, tc.stderr)
				}
				if _, err := os.Stat(out); err == nil {
					t.Errorf("detached=%v: there is an output", detached)
				}
				if after, err := os.ReadFile(input); readErr == nil && (err != nil || sha256.Sum256(after) != sha256.Sum256(before)) {
					t.Errorf("detached=%v: the input was changed", detached)
				}
			}
		})
	}
}

func copyOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}
