package e2e

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// splitPairs are the bases and modules of testdata/golden/split.
var splitPairs = []struct{ name, base, module string }{
	{"gcc", "splitbase-gcc-dwarf5.elf", "splitmod-gcc-dwarf5.o"},
	{"clang", "splitbase-clang-dwarf5.elf", "splitmod-clang-dwarf5.o"},
	{"gcc-clang", "splitbase-gcc-dwarf5.elf", "splitmod-clang-dwarf5.o"},
	{"s390x", "splitbase-s390x-gcc-dwarf5.elf", "splitmod-s390x-gcc-dwarf5.o"}, // big endian
	{"nothing-new", "splitbase-gcc-dwarf5.elf", "splitbase-gcc-dwarf5.elf"},
	{"nothing-shared", "scalars-clang-dwarf5.elf", "splitmod-gcc-dwarf5.o"},
}

// splitRows are the options with which the modules are encoded. The base always has the default features.
var splitRows = []struct {
	name      string
	flags     []string
	newLibbpf bool
	inPlace   bool // with .BTF.base
}{
	{name: "default", flags: []string{"--btf_features=default"}},
	{name: "none"},
	{name: "all", flags: []string{"--btf_features=all"}},
	{name: "default,force_cu_merging", flags: []string{"--btf_features=default,force_cu_merging"}},
	{name: "default, libbpf 1.8", flags: []string{"--btf_features=default"}, newLibbpf: true},
	{name: "distilled", flags: []string{"--btf_features=default,distilled_base"}, inPlace: true},
	{name: "distilled, libbpf 1.8", flags: []string{"--btf_features=default,distilled_base"}, newLibbpf: true, inPlace: true},
}

// splitResult is the BTF of a module; base is its .BTF.base, nil if it has none.
type splitResult struct{ btf, base []byte }

// TestGoldenSplit compares split BTF and distilled bases of small objects with what pahole 1.32 made of them.
// The goldens have size and SHA-256 by row, and the dumps of the rows "default" and "distilled".
func TestGoldenSplit(t *testing.T) {
	for _, pair := range splitPairs {
		t.Run(pair.name, func(t *testing.T) {
			path := filepath.Join(root, "testdata/golden/split", pair.name+".txtar")
			if *update {
				types, results := splitByPahole(t, pair.base, pair.module)
				if err := os.WriteFile(path, txtar.Format(splitGolden(t, pair.base, pair.module, types, results)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			types, results := splitByGopahole(t, pair.base, pair.module)
			got := splitGolden(t, pair.base, pair.module, types, results)
			if diff := cmp.Diff(lines(string(txtar.Format(archive))), lines(string(txtar.Format(got)))); diff != "" {
				t.Errorf("-pahole +gopahole\n%s", diff)
			}
		})
	}
}

func testObject(name string) string { return filepath.Join(root, "testdata/dwarf", name) }

// splitByGopahole returns the base of a pair and the results by row.
func splitByGopahole(t *testing.T, base, module string) (types *btf.Types, results map[string]splitResult) {
	t.Helper()
	dir := t.TempDir()
	baseFile := filepath.Join(dir, "base.btf")
	encode := func(args ...string) {
		if res := run(t, args...); res.exitCode != 0 {
			t.Fatalf("%v: exit status %d: %s", args, res.exitCode, res.stderr)
		}
	}
	encode("-J", "--btf_features=default", "--btf_compat=libbpf-1.7", "--btf_encode_detached="+baseFile, testObject(base))
	results = map[string]splitResult{}
	for _, row := range splitRows {
		out := filepath.Join(dir, "out")
		copyFile(t, testObject(module), out+".o")
		args := append([]string{"-J", "--btf_base=" + baseFile, "--btf_arrays=nested"}, row.flags...)
		if !row.newLibbpf {
			args = append(args, "--btf_compat=libbpf-1.7")
		}
		if row.inPlace {
			encode(append(args, out+".o")...)
			results[row.name] = splitSections(t, out+".o")
		} else {
			encode(append(args, "--btf_encode_detached="+out, out+".o")...)
			results[row.name] = splitResult{btf: filetest.Read(t, out)}
		}
	}
	return parseSplit(t, filetest.Read(t, baseFile), nil), results
}

// splitByPahole is the same with pahole 1.32.
func splitByPahole(t *testing.T, base, module string) (types *btf.Types, results map[string]splitResult) {
	t.Helper()
	peers := peer.Get(t)
	if v := peer.PaholeVersion(t); v != "v1.32" {
		t.Fatalf("the pahole of the peers is %s; goldens are made with v1.32", v)
	}
	dir := peer.Scratch(t)
	encode := func(newLibbpf bool, args ...string) {
		cmd := peers.Command("pahole", args...)
		if newLibbpf {
			cmd = peer.WithLibbpf18(cmd)
		}
		if res := peer.Run(t, cmd); res.ExitCode != 0 {
			t.Fatalf("%v: exit status %d: %s%s", args, res.ExitCode, res.Stdout, res.Stderr)
		}
	}
	baseFile := filepath.Join(dir, "base.btf")
	copyFile(t, testObject(base), filepath.Join(dir, "base.o"))
	encode(false, "-J", "--btf_features=default", "--btf_encode_detached="+baseFile, filepath.Join(dir, "base.o"))
	results = map[string]splitResult{}
	for _, row := range splitRows {
		out := filepath.Join(dir, "out")
		copyFile(t, testObject(module), out+".o")
		args := append([]string{"-J", "--btf_base=" + baseFile}, row.flags...)
		if row.inPlace {
			encode(row.newLibbpf, append(args, out+".o")...)
			results[row.name] = splitSections(t, out+".o")
		} else {
			os.Remove(out)
			encode(row.newLibbpf, append(args, "--btf_encode_detached="+out, out+".o")...)
			results[row.name] = splitResult{btf: filetest.Read(t, out)}
		}
	}
	return parseSplit(t, filetest.Read(t, baseFile), nil), results
}

// splitGolden is the golden of results.
func splitGolden(t *testing.T, base, module string, types *btf.Types, results map[string]splitResult) *txtar.Archive {
	t.Helper()
	archive := &txtar.Archive{Comment: []byte(fmt.Sprintf("%s on top of %s\n", module, base))}
	var sums strings.Builder
	for _, row := range splitRows {
		r := results[row.name]
		fmt.Fprintf(&sums, "%s\t%s\n", row.name, sum(shortHeader(r.btf)))
		// libbpf makes a base without types where a module needs none; package distill tests what gopahole does.
		if r.base != nil && dumpOver(t, r.btf, parseSplit(t, r.base, nil)) != "" {
			fmt.Fprintf(&sums, "%s, .BTF.base\t%s\n", row.name, sum(shortHeader(r.base)))
		}
	}
	add := func(name, text string) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	add("sums", sums.String())
	add("default.txt", dumpOver(t, results["default"].btf, types))
	distilled := results["distilled"]
	add("distilled.base.txt", dumpOver(t, distilled.base, nil))
	add("distilled.txt", dumpOver(t, distilled.btf, parseSplit(t, distilled.base, nil)))
	return archive
}

func dumpOver(t *testing.T, raw []byte, base *btf.Types) string {
	t.Helper()
	var text strings.Builder
	if err := parseSplit(t, raw, base).Dump(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func parseSplit(t *testing.T, raw []byte, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.Parse(raw, base)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// shortHeader returns a blob with a header of 24 bytes: libbpf 1.8 writes 32, gopahole does not (see DIFFERENCES.md).
func shortHeader(raw []byte) []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	if raw[0] == 0xeb {
		order = binary.BigEndian
	}
	if order.Uint32(raw[4:]) != 32 {
		return raw
	}
	short := append(append([]byte(nil), raw[:24]...), raw[32:]...)
	order.PutUint32(short[4:], 24)
	return short
}

// splitSections returns the BTF of an ELF file.
func splitSections(t *testing.T, path string) splitResult {
	t.Helper()
	types, base := sections(t, path)
	return splitResult{types, base}
}
