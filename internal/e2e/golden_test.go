package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// goldenRows are the options with which every object is encoded, under the names that the goldens have for them.
// The packaged pahole 1.32 has libbpf 1.7; the rows with newLibbpf are made with libbpf 1.8.
var goldenRows = []struct {
	name      string
	flags     []string
	newLibbpf bool
}{
	{name: "default", flags: []string{"--btf_features=default"}},
	{name: "none"},
	{name: "all", flags: []string{"--btf_features=all"}},
	{name: "var", flags: []string{"--btf_features=var"}},
	{name: "default,true_signature", flags: []string{"--btf_features=default,true_signature"}},
	{name: "default,attributes", flags: []string{"--btf_features=default,attributes"}},
	{name: "default,global_var", flags: []string{"--btf_features=default,global_var"}},
	{name: "default,force_cu_merging", flags: []string{"--btf_features=default,force_cu_merging"}},
	{name: "all, libbpf 1.8", flags: []string{"--btf_features=all"}, newLibbpf: true},
}

// A golden is one file of testdata/golden:
//
//	comment      what the object is for and how it was made, from its source and the file COMMANDS
//	-- sums --   per row of goldenRows: its name, and size and SHA-256 of pahole's output, or "nothing"
//	-- default.txt --   the output of the row "default" as bpftool prints it, so that differences can be read
//	-- pahole --   what pahole said where it wrote nothing
//	-- gopahole --   by hand, where pahole wrote nothing or gopahole differs on purpose: the name of a row, or *,
//	                 and a regular expression for "exit status N: " with what gopahole prints; or "bytes of" and
//	                 another object, which has the right ones; or "types of": they may have another order
type golden struct {
	path     string
	comment  string
	sums     map[string]string // by name of row
	dump     string
	pahole   string
	gopahole []string // lines
}

func TestGolden(t *testing.T) {
	objects := objects(t)
	for _, object := range objects {
		name := filepath.Base(object)
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(root, "testdata/golden", name+".txtar")
			if *update {
				updateGolden(t, path, describe(t, name), object)
			}
			t.Parallel()
			g := readGolden(t, path)
			for _, row := range goldenRows {
				if testing.Short() && row.name != "default" && row.name != "all" {
					continue // the race detector makes every run slow
				}
				checkRow(t, g, row.name, row.flags, row.newLibbpf, object)
			}
		})
	}
	// A golden without its object would never be checked again.
	goldens, err := filepath.Glob(filepath.Join(root, "testdata/golden/*.txtar"))
	if err != nil || len(goldens) != len(objects) {
		t.Errorf("%d goldens for %d objects, error %v", len(goldens), len(objects), err)
	}
}

func objects(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, pattern := range []string{"*.o", "*.elf"} {
		matches, err := filepath.Glob(filepath.Join(root, "testdata/dwarf", pattern))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, matches...)
	}
	if len(list) == 0 {
		t.Fatal("no objects in testdata/dwarf")
	}
	return list
}

func checkRow(t *testing.T, g *golden, row string, flags []string, newLibbpf bool, inputs ...string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.btf")
	args := []string{"-J", "--btf_encode_detached=" + out}
	if !newLibbpf {
		args = append(args, "--btf_compat=libbpf-1.7")
	}
	res := run(t, append(append(args, flags...), inputs...)...)
	raw, err := os.ReadFile(out)
	same, other, ok := strings.Cut(g.expectation(row), " of ")
	if ok && (same == "types" || same == "bytes") {
		ref := filepath.Join(t.TempDir(), "other.btf")
		args[1] = "--btf_encode_detached=" + ref
		if r := run(t, append(append(args, flags...), filepath.Join(root, "testdata/dwarf", other))...); r.exitCode != 0 || res.exitCode != 0 || res.stderr != "" {
			t.Errorf("%s: exit status %d, of %s %d: %s%s", row, res.exitCode, other, r.exitCode, res.stderr, r.stderr)
			return
		}
		want, err := os.ReadFile(ref)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(canonical(t, want), canonical(t, raw)); diff != "" {
			t.Errorf("%s: -%s +here\n%s", row, other, diff)
		} else if same == "bytes" && !bytes.Equal(want, raw) {
			t.Errorf("%s: the types of %s in another order", row, other)
		}
		return
	}
	if want, line := g.expectation(row), fmt.Sprintf("exit status %d: %s", res.exitCode, res.stderr); want != "" {
		if !regexp.MustCompile(want).MatchString(line) {
			t.Errorf("%s: %s\nwant %s", row, line, want)
		}
		if res.exitCode != 0 && err == nil {
			t.Errorf("%s: exit status %d, but there is an output", row, res.exitCode)
		}
		return
	}
	if res.exitCode != 0 || err != nil {
		t.Errorf("%s: exit status %d: %sreading the output: %v", row, res.exitCode, res.stderr, err)
		return
	}
	if got := sum(raw); got != g.sums[row] {
		t.Errorf("%s: %s, want %s of pahole 1.32", row, got, g.sums[row])
		if row == "default" {
			t.Error("-pahole +gopahole\n" + cmp.Diff(lines(g.dump), lines(dump(t, raw))))
		}
	} else if row == "default" {
		// The golden's two parts belong together.
		if diff := cmp.Diff(lines(g.dump), lines(dump(t, raw))); diff != "" {
			t.Errorf("the same bytes, but another text: -bpftool +gopahole\n%s", diff)
		}
	}
}

func lines(s string) []string { return strings.Split(s, "\n") }

func sum(raw []byte) string { return fmt.Sprintf("%d %x", len(raw), sha256.Sum256(raw)) }

func dump(t *testing.T, raw []byte) string {
	t.Helper()
	types, err := btf.Parse(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := types.Dump(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// expectation returns the regular expression for a row that does not end like pahole's, or "".
func (g *golden) expectation(row string) string {
	for _, line := range g.gopahole {
		if name, want, ok := strings.Cut(line, "\t"); ok && (name == row || name == "*") {
			return want
		}
	}
	return ""
}

func readGolden(t *testing.T, path string) *golden {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{path: path, comment: string(archive.Comment), sums: map[string]string{}}
	for _, file := range archive.Files {
		switch text := string(file.Data); file.Name {
		case "sums":
			for line := range strings.Lines(text) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				g.sums[name] = value
			}
		case "default.txt":
			g.dump = text
		case "pahole":
			g.pahole = text
		case "gopahole":
			g.gopahole = lines(strings.TrimSuffix(text, "\n"))
		default:
			t.Errorf("%s: unknown part %q", path, file.Name)
		}
	}
	return g
}

// updateGolden makes a golden anew from what pahole 1.32 makes of its inputs; what was written by hand stays.
func updateGolden(t *testing.T, path, comment string, inputs ...string) {
	t.Helper()
	peers := peer.Get(t)
	if v := peer.PaholeVersion(t); v != "v1.32" {
		t.Fatalf("the pahole of the peers is %s; goldens are made with v1.32", v)
	}
	g := &golden{path: path, comment: comment, sums: map[string]string{}}
	if _, err := os.Stat(path); err == nil {
		g.gopahole = readGolden(t, path).gopahole
	}
	dir := peer.Scratch(t)
	// pahole decides by the content, but some of its messages have the name.
	var copies []string
	for _, input := range inputs {
		name := filepath.Join(dir, filepath.Base(input))
		copyFile(t, input, name)
		for _, other := range []string{".debug", ".alt"} { // in which the rest of it is
			if _, err := os.Stat(input + other); err == nil {
				copyFile(t, input+other, name+other)
			}
		}
		copies = append(copies, name)
	}
	out := filepath.Join(dir, "out.btf")
	var said strings.Builder
	for _, row := range goldenRows {
		os.Remove(out)
		cmd := peers.Command("pahole", append(append([]string{"-J", "--btf_encode_detached=" + out}, row.flags...), copies...)...)
		if row.newLibbpf {
			cmd = peer.WithLibbpf18(cmd)
		}
		res := peer.Run(t, cmd)
		raw, err := os.ReadFile(out)
		if err != nil {
			g.sums[row.name] = "nothing"
			fmt.Fprintf(&said, "%s: exit status %d: %s\n", row.name, res.ExitCode, firstLine(append(res.Stdout, res.Stderr...)))
			continue
		}
		g.sums[row.name] = sum(raw)
		if row.name == "default" {
			g.dump = string(peer.DumpRaw(t, out))
		}
	}
	g.pahole = said.String()
	g.write(t)
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if line == "" {
		return "(no message)"
	}
	return line
}

func (g *golden) write(t *testing.T) {
	t.Helper()
	archive := &txtar.Archive{Comment: []byte(g.comment)}
	add := func(name, text string) {
		if text != "" {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	var sums strings.Builder
	for _, row := range goldenRows {
		fmt.Fprintf(&sums, "%s\t%s\n", row.name, g.sums[row.name])
	}
	add("sums", sums.String())
	add("pahole", g.pahole)
	if len(g.gopahole) > 0 {
		add("gopahole", strings.Join(g.gopahole, "\n")+"\n")
	}
	add("default.txt", g.dump)
	if err := os.WriteFile(g.path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

var sourceName = regexp.MustCompile(`[\w.]+\.(?:cc?|rs|S)\b`)

// describe says what an object is for, in the words of its first source, and which command made it.
func describe(t *testing.T, object string) string {
	t.Helper()
	command := commands(t)[object]
	source, err := os.ReadFile(filepath.Join(root, "testdata/dwarf", sourceName.FindString(command)))
	if err != nil {
		t.Fatal(err)
	}
	purpose, _, _ := strings.Cut(string(source), "\n")
	return strings.Trim(purpose, "/* ") + "\n" + command + "\n"
}

// commands returns the commands of testdata/dwarf/COMMANDS by the object that they make.
func commands(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "testdata/dwarf/COMMANDS"))
	if err != nil {
		t.Fatal(err)
	}
	byObject := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if name, command, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
			if byObject[name] != "" {
				t.Errorf("COMMANDS: %s has two commands", name)
			}
			byObject[name] = command
		}
	}
	return byObject
}

// TestObjectsAreThoseOfCommands checks that testdata/dwarf has exactly the objects of its file COMMANDS, and their
// sources.
func TestObjectsAreThoseOfCommands(t *testing.T) {
	byObject := commands(t)
	for name, command := range byObject {
		for _, source := range sourceName.FindAllString(command, -1) {
			if _, err := os.Stat(filepath.Join(root, "testdata/dwarf", source)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, pattern := range []string{"*.dwo", "*.dwp"} { // those belong to the object with the beginning of their name
		others, err := filepath.Glob(filepath.Join(root, "testdata/dwarf", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range others {
			if !slices.ContainsFunc(objects(t), func(o string) bool { return strings.HasPrefix(other, strings.TrimSuffix(o, ".o")) }) {
				t.Errorf("%s belongs to no object", other)
			}
		}
	}
	for _, object := range objects(t) {
		if byObject[filepath.Base(object)] == "" {
			t.Errorf("%s has no command", object)
		}
		delete(byObject, filepath.Base(object))
	}
	for name := range byObject {
		t.Errorf("%s has a command but was never made", name)
	}
}
