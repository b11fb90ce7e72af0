package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// fileSets are the inputs of testdata/golden/files: objects of testdata/dwarf that are encoded together.
var fileSets = []struct {
	name  string // of the golden
	about string
	files []string
}{
	{"linked", "linked files that share types", []string{"splitbase-gcc-dwarf5.elf", "mix-gcc-dwarf5.elf"}},
	{"relocatable",
		"objects, whose addresses overlap: variables of the second are looked for in the sections of the first",
		[]string{"module-gcc-dwarf5.o", "splitmod-gcc-dwarf5.o"}},
	{"mixed", "an object, a linked file of another compiler, and an object",
		[]string{"splitmod-gcc-dwarf5.o", "units-clang-dwarf5.elf", "module-clang-dwarf4.o"}},
	{"same-functions", "functions of one name with the same prototypes and types of two compilers",
		[]string{"params-gcc-dwarf5.elf", "params-clang-dwarf5.elf"}},
	{"other-functions", "functions of one name with other prototypes, of one file and of several",
		[]string{"ambiguous-gcc-dwarf5.elf", "functions-gcc-dwarf5.elf", "ambiguous-gcc-dwarf5.o"}},
	{"twice", "one file two times", []string{"ambiguous-gcc-dwarf5.elf", "ambiguous-gcc-dwarf5.elf"}},
	{"clones", "functions with and without an address, of a file and an object with the same names", []string{"clones-gcc-dwarf5.elf", "clones-gcc-dwarf5.o"}},
	{"percpu", "per-CPU variables of two files, at other addresses",
		[]string{"percpu-gcc-dwarf5-zero.elf", "percpu-gcc-dwarf5.elf", "percpu-clang-dwarf5.elf"}},
	{"percpu-second", "a first file without a section of per-CPU variables", []string{"mix-gcc-dwarf5.elf", "percpu-gcc-dwarf5.elf"}},
	{"kfuncs", "kfuncs in the first file", []string{"kfuncs-gcc-dwarf5.elf", "functions-gcc-dwarf5.elf"}},
	{"kfuncs-second", "kfuncs in the second file, which are not tagged", []string{"functions-gcc-dwarf5.elf", "kfuncs-gcc-dwarf5.elf"}},
	{"merged-second", "a second file whose units refer to each other", []string{"functions-gcc-dwarf5.elf", "units-gcc-lto.elf"}},
	{"merged-first", "a first file whose units refer to each other", []string{"units-clang-lto.elf", "units-gcc-dwarf5.elf"}},
	{"index-type", "arrays without the type int before a file that has it",
		[]string{"arrays-gcc-dwarf5.elf", "scalars-gcc-dwarf5.elf", "arrays-clang-dwarf5.elf"}},
	{"languages", "C, Rust and C++", []string{"nested-gcc-dwarf5.elf", "rust-rustc-dwarf5.elf", "cplusplus-gcc-dwarf5.elf"}},
	{"machines", "files of several machines with one size of addresses",
		[]string{"mix-aarch64-gcc-dwarf5.elf", "mix-gcc-dwarf5.elf", "mix-riscv64-clang-dwarf5.elf"}},
	{"big-endian", "files of a machine of the other byte order",
		[]string{"splitbase-s390x-gcc-dwarf5.elf", "percpu-s390x-gcc-dwarf5.elf", "splitmod-s390x-gcc-dwarf5.o"}},
	{"32-bit", "files with addresses of 32 bits", []string{"mix-i386-gcc-dwarf5.elf", "module-i386-clang-dwarf5.o", "mix-arm-gcc-dwarf5.elf"}},
}

// TestGoldenFiles compares what is made of several files in one call with what pahole 1.32 made of them.
func TestGoldenFiles(t *testing.T) {
	for _, set := range fileSets {
		t.Run(set.name, func(t *testing.T) {
			path := filepath.Join(root, "testdata/golden/files", set.name+".txtar")
			if *update {
				updateGolden(t, path, set.about+"\n"+strings.Join(set.files, " ")+"\n", testObjects(set.files)...)
			}
			t.Parallel()
			g := readGolden(t, path)
			for _, row := range goldenRows {
				if testing.Short() && row.name != "default" && row.name != "all" {
					continue
				}
				flags := row.flags
				for _, jobs := range []string{"-j1", "-j3"} {
					checkRow(t, g, row.name, append([]string{jobs}, flags...), row.newLibbpf, testObjects(set.files)...)
				}
			}
		})
	}
	goldens, err := filepath.Glob(filepath.Join(root, "testdata/golden/files/*.txtar"))
	if err != nil || len(goldens) != len(fileSets) {
		t.Errorf("%d goldens for %d sets of files, error %v", len(goldens), len(fileSets), err)
	}
}

func testObjects(names []string) []string {
	var paths []string
	for _, name := range names {
		paths = append(paths, testObject(name))
	}
	return paths
}

// TestPaholeFiles compares with pahole what the goldens do not have: lines of -V, split BTF, and BTF in place, which
// goes into the first file only.
func TestPaholeFiles(t *testing.T) {
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	compat := peer.CompatFlag(peer.LibbpfVersion(t))
	base := filepath.Join(dir, "base.btf")
	if res := run(t, "-J", compat, "--btf_features=default", "--btf_encode_detached="+base, testObject("splitbase-gcc-dwarf5.elf")); res.exitCode != 0 {
		t.Fatal(res.stderr)
	}
	// both runs both programs on copies of their own and returns those of the files, by program, and what they printed.
	both := func(t *testing.T, files []string, flags ...string) (copies [2][]string, stdout [2]string) {
		for i, who := range []string{"pahole", "gopahole"} {
			for k, file := range files {
				name := filepath.Join(dir, who, string(rune('a'+k))+"-"+file)
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				copyFile(t, testObject(file), name)
				copies[i] = append(copies[i], name)
			}
			if i == 0 {
				stdout[i] = string(peer.Run(t, peers.Command("pahole", append(flags, copies[i]...)...)).Stdout)
				continue
			}
			res := run(t, append(append([]string{compat, "--btf_arrays=nested"}, flags...), copies[i]...)...)
			if res.exitCode != 0 {
				t.Fatalf("exit status %d: %s", res.exitCode, res.stderr)
			}
			stdout[i] = res.stdout
		}
		return copies, stdout
	}
	for _, set := range fileSets {
		t.Run(set.name, func(t *testing.T) {
			_, said := both(t, set.files, "-J", "-V", "--btf_features=default,global_var", "--btf_encode_detached="+filepath.Join(dir, "out"))
			said[0] = strings.ReplaceAll(said[0], "/p/", peers.Dir()+"/") // its name inside
			said[0] = strings.ReplaceAll(said[0], "/pahole/", "/gopahole/")
			if said[0] != said[1] {
				t.Error("-V prints other lines than pahole")
			}
			for _, flags := range [][]string{
				{"--btf_features=default"},
				{"--btf_features=default", "--btf_base=" + base},
				{"--btf_features=default,distilled_base", "--btf_base=" + base},
			} {
				if set.name == "big-endian" || set.name == "machines" {
					continue // objcopy of the peers, which pahole runs, does not know the first one's machine
				}
				copies, _ := both(t, set.files, append([]string{"-J"}, flags...)...)
				for i := range copies {
					for k, file := range set.files[1:] {
						if !bytes.Equal(filetest.Read(t, copies[i][k+1]), filetest.Read(t, testObject(file))) {
							t.Errorf("%v: %s was changed", flags, copies[i][k+1])
						}
					}
				}
				if theirs, ours := splitSections(t, copies[0][0]),
					splitSections(t, copies[1][0]); !bytes.Equal(theirs.btf, ours.btf) || !bytes.Equal(theirs.base,
					ours.base) {
					t.Errorf("%v: %d and %d bytes that are not those of pahole, %d and %d", flags, len(ours.btf),
						len(ours.base), len(theirs.btf), len(theirs.base))
				}
			}
		})
	}
}

// TestFilesTogether is about files of which BTF cannot be made together.
func TestFilesTogether(t *testing.T) {
	gcc := testObject("mix-gcc-dwarf5.elf")
	for _, tc := range []struct{ name, other, want string }{
		{"byte order", testObject("mix-s390x-gcc-dwarf5.elf"), `mix-s390x-gcc-dwarf5\.elf is big endian, .*mix-gcc-dwarf5\.elf little endian`},
		{"size of addresses", testObject("mix-x32-gcc-dwarf5.elf"), `mix-x32-gcc-dwarf5\.elf has addresses of 32 bits, .*mix-gcc-dwarf5\.elf of 64 bits`},
		{"no DWARF", testObject("no-dwarf.elf"), `no-dwarf\.elf: no DWARF`},
		{"no symbols", testObject("no-symtab.elf"), `no-symtab\.elf: no symbol table`},
		{"missing", filepath.Join(t.TempDir(), "missing.o"), `missing\.o: no such file`},
		{"an unknown type", testObject("atomic-gcc-dwarf5.elf"), `atomic-gcc-dwarf5\.elf: .*atomic`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.btf")
			for _, files := range [][]string{{gcc, tc.other}, {tc.other, gcc}} {
				res := run(t, append([]string{"--btf_features=default", "--btf_encode_detached=" + out}, files...)...)
				if res.exitCode != 1 || files[0] == gcc && !regexp.MustCompile(`^[^\n]*`+tc.want+`[^\n]*\n$`).MatchString(res.stderr) {
					t.Errorf("%v: exit status %d: %s", files, res.exitCode, res.stderr)
				}
				if _, err := os.Stat(out); err == nil {
					t.Errorf("%v: there is an output", files)
				}
			}
		})
	}
}
