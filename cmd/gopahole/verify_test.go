package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runIn runs the command and returns its exit code and what it printed.
func runIn(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(append([]string{program}, args...), func(name string) (string, bool) { return "", name == "GOGC" }, &out, &err)
	return code, out.String(), err.String()
}

// fixture copies an object of testdata/dwarf into a new directory.
func fixture(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata/dwarf", name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestVerifyResult: languages with names that are none in C are found before
// anything is written.
func TestVerifyResult(t *testing.T) {
	for _, name := range []string{"rust-rustc-dwarf5.elf", "cplusplus-clang-dwarf5.elf"} {
		file := fixture(t, name)
		before, _ := os.ReadFile(file)
		code, stdout, stderr := runIn("-J", "--verify", "--btf_features=default", file)
		if code != exitFailure || stdout != "" || !strings.Contains(stderr, "Invalid name") || !strings.Contains(stderr, "is no name of C") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d\n%s%s", name, code, stdout, stderr)
		}
		if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
			t.Errorf("%s was changed", name)
		}
		// Without it pahole's bytes are written as they are.
		if code, _, stderr := runIn("-J", "--btf_features=default", file); code != exitOK {
			t.Errorf("%s: exit code %d\n%s", name, code, stderr)
		}
	}
}

// TestVerifyKfuncs encodes a file with kernel functions, one of which is listed and
// does not exist, with their tags and without.
func TestVerifyKfuncs(t *testing.T) {
	for _, tc := range []struct {
		features string
		want     string
	}{
		{"default", "kfuncs: 6, complete 5, without FUNC 1, without tag bpf_kfunc 1\n  kf_missing: no FUNC, no tag bpf_kfunc\n"},
		{"float", "kfuncs: 6, complete 0, without FUNC 1, without tag bpf_kfunc 6\n  kf_simple: no tag bpf_kfunc\n"},
	} {
		file := fixture(t, "kfuncs-gcc-dwarf5.elf")
		if code, _, stderr := runIn("-J", "--btf_features="+tc.features, file); code != exitOK {
			t.Fatal(stderr)
		}
		code, stdout, stderr := runIn("verify", "--kernel=6.12", "--kfuncs", file)
		if code != exitFailure || !strings.Contains(stdout, file+": "+tc.want) || stderr != "" {
			t.Errorf("%s: exit code %d\n%s%s", tc.features, code, stdout, stderr)
		}
		code, stdout, _ = runIn("verify", "--kernel=6.12", "--kfuncs", "--json", file)
		lines := strings.SplitAfter(stdout, "\n")
		var audit kfuncsJSON
		if err := json.Unmarshal([]byte(lines[1]), &audit); err != nil {
			t.Fatal(err)
		}
		if code != exitFailure || audit.Schema != jsonSchema || audit.File != file || audit.Kfuncs != 6 || audit.Complete || len(audit.Missing) == 0 {
			t.Errorf("exit code %d, %+v", code, audit)
		}
	}
	// Raw BTF cannot be complete.
	file := fixture(t, "kfuncs-gcc-dwarf5.elf")
	if code, _, stderr := runIn("-J", "--btf_encode_detached="+file+".btf", file); code != exitOK {
		t.Fatal(stderr)
	}
	if code, stdout, _ := runIn("verify", "--kernel=6.12", "--kfuncs", file+".btf"); code != exitFailure || !strings.Contains(stdout, "kfuncs: not audited: raw BTF") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}
