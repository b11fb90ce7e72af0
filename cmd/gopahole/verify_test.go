package main

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
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
		if code != exitFailure || stdout != "" || !strings.Contains(stderr, "Invalid name") || !strings.Contains(stderr,
			"is no name of C") || strings.Count(stderr, "\n") != 1 {
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
	if code, stdout, _ := runIn("verify", "--kernel=6.12", "--kfuncs",
		file+".btf"); code != exitFailure || !strings.Contains(stdout, "kfuncs: not audited: raw BTF") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}

// TestVerifySections: a kernel finds BTF by the names of sections. One that is said to be
// compressed is none to it, and the type of a section does not count.
func TestVerifySections(t *testing.T) {
	dir := t.TempDir()
	if err := setupGen(dir); err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(dir, "driver.ko")
	b := btf.NewBuilder(binary.LittleEndian, nil)
	b.AddInt("int", 4, btf.EncodingSigned)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, "vmlinux.btf")
	split := btf.NewBuilder(binary.LittleEndian, types)
	split.AddPtr(1)
	own, err := split.Build()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base, types.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	var deflated bytes.Buffer
	if err := binary.Write(&deflated, binary.LittleEndian, elf.Chdr64{Type: uint32(elf.COMPRESS_ZLIB),
		Size: uint64(len(own.Bytes())), Addralign: 1}); err != nil {
		t.Fatal(err)
	}
	w := zlib.NewWriter(&deflated)
	if _, err := w.Write(own.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		kind  elf.SectionType
		flags elf.SectionFlag
		data  []byte
		code  int
		want  string
	}{
		{elf.SHT_PROGBITS, 0, own.Bytes(), exitOK, "driver.ko: accepted by Linux 6.12"},
		{elf.SHT_NOTE, 0, own.Bytes(), exitOK, "driver.ko: accepted by Linux 6.12"},
		{elf.SHT_PROGBITS, elf.SHF_COMPRESSED, deflated.Bytes(), exitFailure, "driver.ko: refused by Linux 6.12"},
		{elf.SHT_NOBITS, 0, own.Bytes(), exitUnreadable, ""},
	} {
		if err := elffile.SetSections(module, []elffile.Content{{Name: ".BTF", Data: tc.data}}, elffile.Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		setSectionHeader(t, module, ".BTF", tc.kind, tc.flags)
		code, stdout, stderr := runIn("verify", "--kernel=6.12", "--base", base, module)
		if code != tc.code || !strings.Contains(stdout, tc.want) {
			t.Errorf("%v, %v: exit code %d\n%s%s", tc.kind, tc.flags, code, stdout, stderr)
		}
		setSectionHeader(t, module, ".BTF", elf.SHT_PROGBITS, 0)
	}
}

// setSectionHeader changes the header of a section of a little-endian ELF-64 file.
func setSectionHeader(t *testing.T, name, section string, kind elf.SectionType, flags elf.SectionFlag) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	index := slices.IndexFunc(f.Sections, func(s *elf.Section) bool { return s.Name == section })
	header := data[int(binary.LittleEndian.Uint64(data[40:]))+64*index:]
	binary.LittleEndian.PutUint32(header[4:], uint32(kind))
	binary.LittleEndian.PutUint64(header[8:], uint64(flags))
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
