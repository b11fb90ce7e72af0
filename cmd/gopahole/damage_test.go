package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
)

// realRun runs the command with its real converter.
func realRun(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	c := command{
		env:    func(string) (string, bool) { return "", false },
		stdout: &out,
		stderr: &err,
		toBTF:  dwarf2btf.Convert,
	}
	code = c.run(args)
	return code, out.String(), err.String()
}

// step keeps the tests below fast and still meets every field of the file over
// the lengths and values tried.
const step = 7

// TestTruncated cuts the file at every few bytes. Its section table is the last
// thing in it, so that each cut has to be noticed.
func TestTruncated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cut.elf")
	for size := 0; size < len(exampleObject); size += step {
		if err := os.WriteFile(file, exampleObject[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := realRun("-J", "--btf_features=all", file)
		if code != exitFailure || stdout != "" || !strings.HasPrefix(stderr, "gopahole: "+file+": ") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%d bytes: exit code %d, %q", size, code, stderr)
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, exampleObject[:size]) {
			t.Fatalf("%d bytes: the file changed, %v", size, err)
		}
	}
}

// TestCorrupted changes a byte at every few places. What comes of it is either a
// result or one line of complaint, and never anything of the Go runtime.
func TestCorrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.elf")
	for i := 0; i < len(exampleObject); i += step {
		bad := bytes.Clone(exampleObject)
		bad[i] ^= 0xff
		if err := os.WriteFile(file, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := realRun("--btf_encode_detached", os.DevNull, "--btf_features=all", file)
		failed := strings.Count(stderr, "\n") - strings.Count(stderr, "gopahole: warning: ")
		if code == exitOK && failed != 0 || code == exitFailure && failed != 1 || code > exitFailure {
			t.Errorf("byte %#x: exit code %d, %q", i, code, stderr)
		}
	}
}

// TestDamagedBase changes the base word by word. What is wrong with a type is noticed when the
// module comes across it, and said as if the base had been checked before.
func TestDamagedBase(t *testing.T) {
	dir := t.TempDir()
	object, base, out := filepath.Join(dir, "m.o"), filepath.Join(dir, "base.btf"), filepath.Join(dir, "out.btf")
	if err := os.WriteFile(object, exampleObject, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := realRun("--btf_encode_detached", base, object); code != exitOK {
		t.Fatal(stderr)
	}
	good, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.Parse(good, nil)
	if err != nil {
		t.Fatal(err)
	}
	lazily := 0
	for i := range types.Words() {
		bad := bytes.Clone(good)
		at := len(good) - len(types.Text()) - 4*len(types.Words()) + 4*i
		binary.LittleEndian.PutUint32(bad[at:], 1<<24-1)
		if err := os.WriteFile(base, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := realRun("--btf_base", base, "--btf_encode_detached", out, object)
		_, checked := btf.Parse(bad, nil)
		said := strings.HasPrefix(stderr, "gopahole: --btf_base "+base+": BTF types+") && strings.Count(stderr, "\n") == 1
		switch {
		case checked == nil && code != exitOK, code > exitFailure:
			t.Errorf("word %d: exit code %d, %q", i, code, stderr)
		case code == exitFailure && (!said || !strings.Contains(stderr, checked.Error())):
			t.Errorf("word %d: %q, want %v", i, stderr, checked)
		}
		if _, err := btf.ParseLoose(bad, nil); err == nil && checked != nil && code == exitFailure {
			lazily++
		}
	}
	if lazily == 0 {
		t.Error("no damaged type was noticed by the encoder")
	}
}

// TestDamagedResolveBase does the same with a module whose types the base has. Only types that
// are compared are checked; a result is what it is over a base that was checked before.
func TestDamagedResolveBase(t *testing.T) {
	dir := t.TempDir()
	object, base, split := filepath.Join(dir, "m.o"), filepath.Join(dir, "base.btf"), filepath.Join(dir, "split.btf")
	if err := os.WriteFile(object, exampleObject, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := realRun("--btf_encode_detached", base, object); code != exitOK {
		t.Fatal(stderr)
	}
	good, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.Parse(good, nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := btf.New(nil, types, slices.Clone(types.Words()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(split, own.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	lazily, unnoticed := 0, 0
	for i := range types.Words() {
		bad := bytes.Clone(good)
		at := len(good) - len(types.Text()) - 4*len(types.Words()) + 4*i
		binary.LittleEndian.PutUint32(bad[at:], 1<<24-1)
		if err := os.WriteFile(base, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		resolve := func(more ...string) (int, string) {
			code, _, stderr := realRun(append([]string{"resolve_btfids", "--kfuncs=sets", "--btf", split, "-b", base}, append(more, object)...)...)
			return code, stderr
		}
		code, stderr := resolve()
		_, checked := btf.Parse(bad, nil)
		_, loose := btf.ParseLoose(bad, nil)
		switch {
		case code != exitOK && code != exitResolveFailure:
			t.Errorf("word %d: exit code %d, %q", i, code, stderr)
		case code == exitOK && (loose != nil || stderr != ""):
			t.Errorf("word %d: %q, want %v", i, stderr, loose)
		case code == exitOK && checked != nil:
			unnoticed++
		case code != exitOK && checked != nil:
			if stderr != "FAILED: load base BTF from "+base+": "+checked.Error()+"\n" {
				t.Errorf("word %d: %q, want %v", i, stderr, checked)
			}
			if loose == nil {
				lazily++
			}
		}
		// What looks at more types has them checked.
		if code, stderr := resolve("--distill_base"); checked != nil && (code != exitResolveFailure || !strings.Contains(stderr, checked.Error())) {
			t.Errorf("word %d: --distill_base: exit code %d, %q, want %v", i, code, stderr, checked)
		}
	}
	if lazily == 0 || unnoticed == 0 {
		t.Errorf("%d damaged types were noticed when compared, %d were not compared: the test is none", lazily, unnoticed)
	}
}
