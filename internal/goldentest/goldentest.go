// Package goldentest reads and writes goldens. A case is a txtar archive, and types in
// it are in the form that bpftool prints. The test decides which parts a case has and
// what they must be.
package goldentest

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/btf"
)

// A File is a golden.
type File struct {
	Path string

	ar *txtar.Archive
}

// Load reads the goldens of the package under test, testdata/golden/*.txtar, in the
// order of their names. That there are none is a failure.
func Load(t testing.TB) []*File {
	t.Helper()
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	var all []*File
	for _, path := range paths {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &File{path, ar})
	}
	return all
}

// Name is the name of the case.
func (f *File) Name() string { return strings.TrimSuffix(filepath.Base(f.Path), ".txtar") }

// Part returns the text of a part, "" if there is no such part.
func (f *File) Part(name string) string {
	if i := f.index(name); i >= 0 {
		return string(f.ar.Files[i].Data)
	}
	return ""
}

// Types parses a part. A part that is not there has no types.
func (f *File) Types(t testing.TB, name string, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.ParseText(f.Part(name), base)
	if err != nil {
		t.Fatalf("%s: %s: %v", f.Path, name, err)
	}
	return types
}

// Set gives a part a text, which may be "". New parts come last.
func (f *File) Set(name, text string) {
	if i := f.index(name); i >= 0 {
		f.ar.Files[i].Data = []byte(text)
		return
	}
	f.ar.Files = append(f.ar.Files, txtar.File{Name: name, Data: []byte(text)})
}

// SetOptional does the same with a part that is only there if it has a text.
func (f *File) SetOptional(name, text string) {
	if text != "" {
		f.Set(name, text)
	} else if i := f.index(name); i >= 0 {
		f.ar.Files = slices.Delete(f.ar.Files, i, i+1)
	}
}

// Write writes the golden back, for tests that are run with -update.
func (f *File) Write(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(f.Path, txtar.Format(f.ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *File) index(name string) int {
	return slices.IndexFunc(f.ar.Files, func(part txtar.File) bool { return part.Name == name })
}

// Parse reads types in the form that bpftool prints.
func Parse(t testing.TB, text string, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.ParseText(text, base)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return types
}

// Dump prints types in that form.
func Dump(t testing.TB, types *btf.Types) string {
	t.Helper()
	var b bytes.Buffer
	if err := types.Dump(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
