package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"
)

// resolve73Cases has what resolve_btfids of the kernel after Linux 7.2 did, a case in
// each file, made by running it over the libbpf of 7.2. (What a later libbpf makes of
// the same is in expected-newlib.) Its first line says what it shows. Parts are
//
//	cmd              the command line, in a directory with the files of input
//	input/NAME       a file; "base64" after the name tells its form
//	expected/NAME    a file that the command made or changed; status is the exit
//	                 status, stderr what it wrote there
//	show             all types, for people
//
// Variants in names: le and be are the byte order, 24 and 32 the length of the header,
// L and M a layout section of 20 and 23 records, exe an executable.
const resolve73Cases = "../../btfids/testdata/resolve73/*.txtar"

// A difference is how gopahole differs from a case on purpose.
type difference struct {
	status int
	why    string
}

// differs73 has the cases for which gopahole is to differ.
var differs73 = map[string]difference{
	"T1-N":           {exitResolveFailure, "a pointer gets its tag once"},
	"X-void-distill": {exitOK, "no type is lost, and kernels do not number types wrongly"}, // and as expected over a later libbpf
}

// TestResolve73 runs all cases: files and exit status are the same, and so are the
// warnings.
func TestResolve73(t *testing.T) {
	paths, err := filepath.Glob(resolve73Cases)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	known := map[string]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		known[name] = true
		c := loadResolve73(t, path)
		t.Run(name, func(t *testing.T) { c.run(t, name) })
	}
	for name := range differs73 {
		if !known[name] {
			t.Errorf("there is no case %s", name)
		}
	}
}

// TestNames73: the cases T1, T2 and T3 by which the kernel's program and what changed with it were described are tests of
// that name, or it is said here which test has them, or why there is none.
func TestNames73(t *testing.T) {
	elsewhere := map[string]struct{ file, text, why string }{
		"T1-S": {"../../btfids/testdata/resolve73/T1-A-be24.txtar", "base64", "foreign byte order: the variants be of T1-A, T1-B, T1-C and others"},
		"T2-B": {"../../btfids/inline_test.go", "TestSplitInlineDeep is T2-B", "deep types"},
		"T2-C": {"", "", "sites of a running kernel: no kernel has BTF inline yet"},
		"T2-D": {"../../btf/loc_test.go", "TestLocText", "the text of bpftool, and what a kernel does with it in verify: TestLocations"},
		"T2-F": {"testdata/script/inline.txtar", "wrapper_once", "an encoder, which has functions of these names to inline"},
		"T3-1": {"../../btfids/testdata/resolve73/X-array-dup.txtar", "expected-newlib", "arrays that differ, by both libbpfs"},
		"T3-2": {"../../distill/libbpf19_test.go", "T3-2", "an empty base, and X-void-distill"},
		"T3-3": {"../../distill/libbpf19_test.go", "T3-3", "a tag on a function of the base, and X-tag-on-base-distill"},
		"T3-4": {"../../distill/libbpf19_test.go", "T3-4", "tags that stay refused, and X-tag-on-base-var"},
		"T3-5": {"../../dwarf2btf/libbpf_test.go", "T3-5", "length of the layout section"},
		"T3-6": {"../../verify/newrelease_test.go", "T3-6", "names"},
		"T3-7": {"../../verify/newrelease_test.go", "T3-7", "entries of a DATASEC"},
	}
	var names []string
	for part, last := range map[string]rune{"T1-A": 'S', "T2-A": 'F', "T3-1": '7'} {
		for c := rune(part[3]); c <= last; c++ {
			names = append(names, part[:3]+string(c))
		}
	}
	for _, name := range names {
		found, err := filepath.Glob(strings.Replace(resolve73Cases, "*", name+"*", 1))
		if err != nil {
			t.Fatal(err)
		}
		other, ok := elsewhere[name]
		if ok != (len(found) == 0) {
			t.Errorf("%s: %d cases, elsewhere: %v", name, len(found), ok)
		}
		if !ok || other.file == "" {
			continue
		}
		if text, err := os.ReadFile(other.file); err != nil || !strings.Contains(string(text), other.text) {
			t.Errorf("%s (%s): %s does not have %q: %v", name, other.why, other.file, other.text, err)
		}
	}
}

// A resolve73Case is a case.
type resolve73Case struct {
	args   []string // after the name of the program
	parts  map[string][]byte
	status int
}

func loadResolve73(t *testing.T, path string) *resolve73Case {
	t.Helper()
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &resolve73Case{parts: map[string][]byte{}}
	for _, f := range ar.Files {
		name, coded := strings.CutSuffix(f.Name, " base64")
		if coded {
			if f.Data, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(f.Data), "\n", "")); err != nil {
				t.Fatalf("%s: %s: %v", path, name, err)
			}
		}
		c.parts[name] = f.Data
	}
	c.args = strings.Fields(string(c.parts["cmd"]))[1:]
	if c.status, err = strconv.Atoi(strings.TrimSpace(string(c.parts["expected/status"]))); err != nil {
		t.Fatal(err)
	}
	return c
}

// inputs and outputs return the files that are there before the command, and those
// that are there after it.
func (c *resolve73Case) inputs() map[string][]byte { return c.files("input/") }

func (c *resolve73Case) outputs() map[string][]byte {
	files := c.files("input/")
	for name, data := range c.files("expected/") {
		if name != "status" && name != "stderr" {
			files[name] = data
		}
	}
	return files
}

func (c *resolve73Case) files(dir string) map[string][]byte {
	files := map[string][]byte{}
	for name, data := range c.parts {
		if name, ok := strings.CutPrefix(name, dir); ok {
			files[name] = data
		}
	}
	return files
}

// write makes the working directory one with the input.
func (c *resolve73Case) write(t *testing.T) {
	t.Chdir(t.TempDir())
	for file, data := range c.inputs() {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs the command. What gopahole refuses leaves all files as they are.
func (c *resolve73Case) run(t *testing.T, name string) {
	c.write(t)
	var stdout, stderr bytes.Buffer
	status := run(append([]string{resolveName, "--kfuncs=sets"}, c.args...), noEnv, &stdout, &stderr)

	differs, ok := differs73[name]
	c.checkMessages(t, status, stderr.String())
	if stdout.Len() > 0 {
		t.Errorf("standard output: %q", stdout.String())
	}
	if ok {
		if status != differs.status || status != exitOK && !sameFiles(t, c.inputs()) || status == c.status && sameFiles(t, c.outputs()) {
			t.Errorf("status %d, want %d, as %s; %s", status, differs.status, differs.why, stderr.Bytes())
		}
		return
	}
	if status != c.status || !sameFiles(t, c.outputs()) {
		t.Errorf("status %d, want %d and its files; %s", status, c.status, stderr.Bytes())
	}
}

// sameFiles reports whether the working directory has these files and no other ones.
func sameFiles(t *testing.T, want map[string][]byte) bool {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	same := len(entries) == len(want)
	for _, e := range entries {
		data, err := os.ReadFile(e.Name())
		same = same && err == nil && bytes.Equal(data, want[e.Name()])
	}
	return same
}

// checkMessages checks that warnings are those of the kernel's program, and that an
// error has one line.
func (c *resolve73Case) checkMessages(t *testing.T, status int, stderr string) {
	if status == exitResolveUsage { // has a second line about --help
		return
	}
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if status != exitOK {
		if stderr == "" || strings.HasPrefix(lines[len(lines)-1], "WARN") {
			t.Errorf("no message about the error: %q", stderr)
		}
		lines = lines[:len(lines)-1]
	}
	if status != c.status {
		return
	}
	var warnings []string
	for line := range strings.Lines(string(c.parts["expected/stderr"])) {
		if strings.HasPrefix(line, "WARN") {
			warnings = append(warnings, strings.TrimSuffix(line, "\n"))
		}
	}
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return line == "" || slices.Contains(c.args, "-v") && !strings.HasPrefix(line, "WARN")
	})
	if !slices.Equal(lines, warnings) {
		t.Errorf("messages %q, want %q", lines, warnings)
	}
}

// TestKfuncsOfBuild has the environments of kernel builds.
func TestKfuncsOfBuild(t *testing.T) {
	const flags72 = "-j4 --btf_features=encode_force,var,decl_tag_kfuncs --btf_features=layout --lang_exclude=rust"
	const flags73 = "-j4 --btf_features=encode_force,var --btf_features=layout --lang_exclude=rust"
	for _, tt := range []struct {
		name string
		env  map[string]string
		want kfuncSource
	}{
		{"none", nil, kfuncsAuto},
		{"7.2", map[string]string{"PAHOLE_FLAGS": flags72, "KERNELVERSION": "7.2.13"}, kfuncsTags},
		{"7.3", map[string]string{"PAHOLE_FLAGS": flags73, "KERNELVERSION": "7.3.0"}, kfuncsSets},
		{"7.3 of a distribution", map[string]string{"PAHOLE_FLAGS": flags73 + " -j --btf_features=+reproducible_build"}, kfuncsSets},
		{"7.3 carried back", map[string]string{"PAHOLE_FLAGS": flags73, "KERNELVERSION": "7.2.13"}, kfuncsSets},
		{"7.3 with a makefile of 7.2", map[string]string{"PAHOLE_FLAGS": flags72, "KERNELVERSION": "7.3.0"}, kfuncsTags},
		{"inline", map[string]string{"PAHOLE_FLAGS": flags72, "BTF_INLINE": ""}, kfuncsSets},
		{"7.2 with an old pahole", map[string]string{"PAHOLE_FLAGS": "--btf_gen_floats", "KERNELVERSION": "7.2.13"}, kfuncsTags},
		{"7.3 with an old pahole", map[string]string{"PAHOLE_FLAGS": "--btf_gen_floats", "KERNELVERSION": "7.3.0-rc4"}, kfuncsSets},
		{"an old pahole", map[string]string{"PAHOLE_FLAGS": "--btf_gen_floats"}, kfuncsTags},
		{"only the release", map[string]string{"KERNELVERSION": "7.10.1"}, kfuncsSets},
		{"no release", map[string]string{"KERNELVERSION": "next"}, kfuncsAuto},
	} {
		got, why := kfuncsOfBuild(func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok })
		if got != tt.want || (why == "") != (got == kfuncsAuto) {
			t.Errorf("%s: %s (%s), want %s", tt.name, got, why, tt.want)
		}
	}
}

// TestResolveStopped: a step that looks at the context of the run ends with its signal,
// and nothing is written.
func TestResolveStopped(t *testing.T) {
	c := loadResolve73(t, strings.Replace(resolve73Cases, "*", "T1-A-le24", 1))
	c.write(t)
	var stderr bytes.Buffer
	cmd := &command{env: noEnv, stdout: io.Discard, stderr: &stderr, watch: &watch{}}
	var cancel context.CancelCauseFunc
	cmd.watch.ctx, cancel = context.WithCancelCause(t.Context())
	cancel(&signalError{syscall.SIGTERM})
	if status := cmd.runResolve(append([]string{"--kfuncs=sets"}, c.args...)); status != 128+int(syscall.SIGTERM) || !sameFiles(t, c.inputs()) {
		t.Errorf("status %d", status)
	}
	if got, want := stderr.String(), "FAILED: x.o: terminated, nothing written\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func noEnv(string) (string, bool) { return "", false }
