package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/console"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/relocate"
)

// guide lists the documents whose commands are run: all of docs/, and README.md.
func guide(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS(root), "docs/*.md")
	if err != nil || len(names) < 5 {
		t.Fatalf("%d documents, error %v", len(names), err)
	}
	return append(names, "README.md")
}

// TestGuide runs the commands of the documents and compares what they print with what is shown. -update rewrites the
// documents.
func TestGuide(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, name := range []string{"gopahole", "pahole", "resolve_btfids"} {
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range guide(t) {
		t.Run(name, func(t *testing.T) { runDocument(t, name, bin) })
	}
}

// runDocument runs a document's blocks from top to bottom. All of one place run in one directory.
func runDocument(t *testing.T, name, bin string) {
	text := document(t, name)
	blocks, err := console.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	dirs := make(map[string]string)
	printed := make(map[int]string)
	for _, block := range blocks {
		if block.NotRun != "" {
			continue
		}
		if dirs[block.In] == "" {
			dirs[block.In] = place(t, block.In)
		}
		dir := dirs[block.In]
		env := append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+dir, "LC_ALL=C", "GOPAHOLE_PEERS=", "COLUMNS=", "MAKEFLAGS=", "MAKELEVEL=")
		status := 0
		for i, c := range block.Commands {
			// A checkout has no program in the PATH. This one is it.
			command := strings.ReplaceAll(c.Text, "go run ./cmd/gopahole", "gopahole")
			output, exit, err := console.Run(t.Context(), command, dir, env, status)
			if err != nil {
				t.Fatalf("%s:%d: %v", name, c.Line, err)
			}
			if status = exit; exit != 0 && (i+1 == len(block.Commands) || block.Commands[i+1].Text != "echo $?") {
				t.Errorf("%s:%d: %s: exit status %d, which the document does not say\n%s", name, c.Line, c.Text, exit, output)
			}
			if !console.Matches(c.Output, output) {
				printed[c.Line] = output
				if !*update {
					t.Errorf("%s:%d: %s: it prints\n%sThe document shows\n%s", name, c.Line, c.Text, output, c.Output)
				}
			}
		}
	}
	if *update && len(printed) > 0 {
		if err := os.WriteFile(filepath.Join(root, name), []byte(console.Update(text, printed, blocks)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// place makes a directory for the commands of documents:
//
//	guide	the files of testdata/guide: the small kernels vmlinux-6.12 and vmlinux-6.13, modules and a BPF program for
//		them; vmlinux is the first, and the directory modules has the modules
//	built	the same, and the kernels have their BTF
func place(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	switch name {
	case "guide", "built":
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "testdata/guide"))); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, "modules"), 0o777); err != nil {
			t.Fatal(err)
		}
		for from, to := range map[string]string{"vmlinux-6.12": "vmlinux", "driver.ko": "modules/driver.ko", "keeps.ko": "modules/keeps.ko"} {
			data, err := os.ReadFile(filepath.Join(dir, from))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, to), data, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if name == "built" {
			args := []string{"encode", "--in_place"}
			for _, kernel := range []string{"vmlinux", "vmlinux-6.12", "vmlinux-6.13"} {
				args = append(args, filepath.Join(dir, kernel))
			}
			if res := run(t, args...); res.exitCode != 0 {
				t.Fatal(res.stderr)
			}
		}
	default:
		t.Fatalf("there is no place %q", name)
	}
	return dir
}

// TestGuideSaysWhoRunsTheRest: a block that is not run names a test, or a target of the Makefile, that shows what it says.
func TestGuideSaysWhoRunsTheRest(t *testing.T) {
	target := regexp.MustCompile("`make ([\\w-]+)`")
	makefile := document(t, "Makefile")
	for _, name := range guide(t) {
		blocks, err := console.Parse(document(t, name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, block := range blocks {
			if block.NotRun == "" {
				continue
			}
			tests, targets := testName.FindAllStringSubmatch(block.NotRun, -1), target.FindAllStringSubmatch(block.NotRun, -1)
			for _, m := range tests {
				checkTestName(t, m)
			}
			for _, m := range targets {
				if !strings.Contains(makefile, "\n"+m[1]+":") {
					t.Errorf("%s:%d: there is no make %s", name, block.Line, m[1])
				}
			}
			if len(tests)+len(targets) == 0 {
				t.Errorf("%s:%d: no test in %q", name, block.Line, block.NotRun)
			}
		}
	}
}

// TestGuideDistills: docs/distilled-base.md shows a base and a split BTF, the distilled base and the split BTF on it,
// another base, and what relocation makes of the latter two.
func TestGuideDistills(t *testing.T) {
	var shown []string
	for _, rest := range strings.Split(document(t, "docs/distilled-base.md"), "\n```btf\n")[1:] {
		text, _, _ := strings.Cut(rest, "```\n")
		shown = append(shown, text)
	}
	if len(shown) != 6 {
		t.Fatalf("%d blocks of BTF", len(shown))
	}
	parse := func(text string, base *btf.Types) *btf.Types {
		types, err := btf.ParseText(text, base)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return types
	}
	base, split, err := distill.Distill(parse(shown[1], parse(shown[0], nil)), distill.Options{})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := relocate.Relocate(split, relocate.NewTarget(parse(shown[4], nil)))
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range []*btf.Types{2: base, 3: split, 5: moved} {
		if got == nil {
			continue
		}
		if text := goldentest.Dump(t, got); text != shown[i] {
			t.Errorf("it is\n%sThe document shows\n%s", text, shown[i])
		}
	}
}
