package dwarf2btf_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/libbpf"
)

var update = flag.Bool("update", false, "write what the encoder does now into testdata/encode")

// encoding is a case: DWARF, how it is encoded, and why the result, which is in
// testdata/encode, is what it is.
type encoding struct {
	name     string // of the golden
	rule     string // the reason, for people
	file     *dwarftest.File
	sup      *dwarftest.File                // a supplementary file, of the name sup
	refers   func(p places) *dwarftest.File // instead of file: one that refers to places in sup
	features string                         // list; "" is default
	options  func(*dwarf2btf.Options)       // besides features
	flags    []string                       // the same for pahole
	err      string                         // a regular expression for our error where pahole writes nothing
	differs  string                         // why our result is not pahole's
	lines    string                         // why our verbose lines are not pahole's
}

// wraps is what pahole does with more members than BTF can count.
const wraps = "pahole counts them modulo 65536, and nobody can read the result"

// encodings are all cases, by topic.
func encodings() []encoding {
	var list []encoding
	for _, topic := range []func() []encoding{
		orderCases, baseCases, referenceCases, arrayCases, enumCases, structCases, bitfieldCases, tagCases, nameCases,
		unitCases, mergeCases, functionCases, packedCases, variableCases, bestEffortCases, supplementaryCases,
	} {
		list = append(list, topic()...)
	}
	return list
}

func (e *encoding) opts(t testing.TB, compat libbpf.Version) dwarf2btf.Options {
	t.Helper()
	list := e.features
	if list == "" {
		list = "default"
	}
	set, err := features.Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	opts := dwarf2btf.Options{Features: set, Compat: compat, Jobs: 1}
	if e.options != nil {
		e.options(&opts)
	}
	return opts
}

// build returns the file to encode. If there is a supplementary file, it is written
// into dir.
func (e *encoding) build(t testing.TB, dir string) []byte {
	t.Helper()
	if e.sup == nil {
		return e.file.Build(t)
	}
	image := e.sup.Build(t)
	if err := os.WriteFile(filepath.Join(dir, "sup"), image, 0o644); err != nil {
		t.Fatal(err)
	}
	return e.refers(placesOf(t, image)).Build(t)
}

// TestEncode compares with the goldens. What goldens say is what pahole says:
// TestPaholeEncodesTheSame.
func TestEncode(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range encodings() {
		t.Run(e.name, func(t *testing.T) {
			path := filepath.Join("testdata/encode", e.name+".txtar")
			if seen[path] {
				t.Fatal("two cases of this name")
			}
			seen[path] = true
			dir := t.TempDir()
			res, err := convertAs(filepath.Join(dir, "a.elf"), e.build(t, dir), e.opts(t, libbpf.V18))
			if e.err != "" || err != nil {
				if err == nil || e.err == "" || !regexp.MustCompile(e.err).MatchString(err.Error()) {
					t.Errorf("error %v, want %q", err, e.err)
				}
				return
			}
			checkReads(t, res)
			got := fold(dump(t, res))
			if *update {
				writeGolden(t, path, &e, got)
			}
			golden, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(golden.Files) != 1 || golden.Files[0].Name != "btf" || string(golden.Comment) != e.comment() {
				t.Fatalf("%s is not the golden of this case", path)
			}
			if diff := cmp.Diff(strings.Split(string(golden.Files[0].Data), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	if t.Failed() || flag.Lookup("test.run").Value.String() != "" {
		return
	}
	goldens, err := filepath.Glob("testdata/encode/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range goldens {
		if !seen[path] {
			t.Errorf("%s belongs to no case", path)
		}
	}
}

// fold writes a line that stands many times in a row once, with how often, so that goldens can be read.
func fold(text string) string {
	var out strings.Builder
	for lines := strings.SplitAfter(text, "\n"); len(lines) > 0; {
		n := 1
		for n < len(lines) && lines[n] == lines[0] {
			n++
		}
		if n < 100 {
			n = 1
			out.WriteString(lines[0])
		} else {
			fmt.Fprintf(&out, "%d times: %s", n, lines[0])
		}
		lines = lines[n:]
	}
	return out.String()
}

// comment is the head of a golden.
func (e *encoding) comment() string {
	text := e.rule
	if e.features != "" {
		text += "\nFeatures: " + e.features
	}
	if len(e.flags) > 0 {
		text += "\nFlags: " + strings.Join(e.flags, " ")
	}
	if e.differs != "" {
		text += "\nNot like pahole: " + e.differs
	}
	return text + "\n"
}

func writeGolden(t *testing.T, path string, e *encoding, btf string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	archive := &txtar.Archive{Comment: []byte(e.comment()), Files: []txtar.File{{Name: "btf", Data: []byte(btf)}}}
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPaholeEncodesTheSame gives every case to pahole, which has to write the
// same bytes, or nothing where we refuse, and to print the same lines with -V.
func TestPaholeEncodesTheSame(t *testing.T) {
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	compat := libbpf.V18
	if strings.HasPrefix(peer.LibbpfVersion(t), "1.7.") {
		compat = libbpf.V17
	}
	if v := peer.PaholeVersion(t); v != "v1.32" {
		t.Logf("pahole is %s; the rules are those of v1.32", v)
	}
	for _, e := range encodings() {
		t.Run(e.name, func(t *testing.T) {
			image := e.build(t, dir)
			input, output := filepath.Join(dir, "a.elf"), filepath.Join(dir, "a.btf")
			if err := os.WriteFile(input, image, 0o644); err != nil {
				t.Fatal(err)
			}
			os.Remove(output)
			flags := []string{"-J", "-V", "--btf_encode_detached=" + output}
			if e.features != "" {
				flags = append(flags, "--btf_features="+e.features)
			} else {
				flags = append(flags, "--btf_features=default")
			}
			res := peer.Run(t, peers.Command("pahole", append(append(flags, e.flags...), input)...))
			said := fmt.Sprintf("exit status %d, %s%s", res.ExitCode, res.Stdout, res.Stderr)
			raw, err := os.ReadFile(output)
			var verbose strings.Builder
			opts := e.opts(t, compat)
			opts.DebugDirs = []string{dir} // as the name that pahole sees is none here
			opts.Verbose = func(format string, args ...any) { fmt.Fprintf(&verbose, format, args...) }
			ours, ourErr := convertAs(peers.Inside(input), image, opts)
			same := false
			switch {
			case err != nil: // it wrote nothing
				same = ourErr != nil || ours.BTF == nil
			case ourErr == nil && ours.BTF != nil:
				same = string(raw) == string(ours.BTF.Bytes())
			}
			if same && e.differs != "" {
				t.Errorf("pahole does the same, but there should be a difference: %s", e.differs)
			}
			if same && ourErr == nil {
				diff := cmp.Diff(strings.Split(string(res.Stdout), "\n"), strings.Split(verbose.String(), "\n"))
				if (diff == "") != (e.lines == "") {
					t.Errorf("verbose output, expected differences: %q\n-pahole +ours\n%s", e.lines, diff)
				}
			}
			if same || e.differs != "" {
				return
			}
			if err != nil {
				t.Errorf("pahole writes nothing: %s", said)
				return
			}
			theirs := strings.Split(string(peer.DumpRaw(t, output)), "\n")
			if ourErr != nil {
				t.Errorf("error %v, but pahole writes (%s)\n%s", ourErr, said, strings.Join(theirs, "\n"))
				return
			}
			t.Errorf("-pahole +ours\n%s%s", cmp.Diff(theirs, strings.Split(dump(t, ours), "\n")), said)
		})
	}
}
