package distill_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
)

var update = flag.Bool("update", false, "write what Distill does into the goldens")

// golden is a case of testdata/golden, in the form that bpftool prints: base and
// split, and for a chain of bases middle between them.
type golden struct {
	file  string
	ar    *txtar.Archive
	base  *btf.Types // nearest to split
	split *btf.Types
}

func goldens(t testing.TB) []golden {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	var all []golden
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := golden{file: file, ar: ar}
		g.base = parse(t, g.part("base"), nil)
		if middle := g.part("middle"); middle != "" {
			g.base = parse(t, middle, g.base)
		}
		g.split = parse(t, g.part("split"), g.base)
		all = append(all, g)
	}
	return all
}

func (g *golden) part(name string) string {
	for _, f := range g.ar.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func (g *golden) setPart(name, text string) {
	for i, f := range g.ar.Files {
		if f.Name == name {
			g.ar.Files[i].Data = []byte(text)
			return
		}
	}
	g.ar.Files = append(g.ar.Files, txtar.File{Name: name, Data: []byte(text)})
}

func parse(t testing.TB, text string, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.ParseText(text, base)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func dump(t testing.TB, types *btf.Types) string {
	t.Helper()
	var b bytes.Buffer
	if err := types.Dump(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(g.file), ".txtar"), func(t *testing.T) {
			base, split, err := distill.Distill(g.split)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				g.setPart("want.base", dump(t, base))
				g.setPart("want.split", dump(t, split))
				if err := os.WriteFile(g.file, txtar.Format(g.ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(g.part("want.base"), dump(t, base)); diff != "" {
				t.Errorf("base (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(g.part("want.split"), dump(t, split)); diff != "" {
				t.Errorf("split (-want +got)\n%s", diff)
			}
		})
	}
}
