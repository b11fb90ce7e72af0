package dedup

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
)

var update = flag.Bool("update", false, "write what Dedup does into the goldens")

// golden is a case of testdata/golden: types before and after, as bpftool prints
// them. want17 is what libbpf 1.7.0 makes of it, if that differs.
type golden struct {
	file     string
	base, in *btf.Types
	ar       *txtar.Archive
}

func goldens(t *testing.T) []golden {
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
		if text := g.part("base"); text != "" {
			if g.base, err = btf.ParseText(text, nil); err != nil {
				t.Fatalf("%s: base: %v", file, err)
			}
		}
		if g.in, err = btf.ParseText(g.part("in"), g.base); err != nil {
			t.Fatalf("%s: in: %v", file, err)
		}
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
			g.ar.Files = append(g.ar.Files[:i], g.ar.Files[i+1:]...)
			break
		}
	}
	if text != "" {
		g.ar.Files = append(g.ar.Files, txtar.File{Name: name, Data: []byte(text)})
	}
}

func dump(t *testing.T, types *btf.Types) string {
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
			out, err := Dedup(g.in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			out17, err := Dedup(g.in, Options{Compat: LibBPF17})
			if err != nil {
				t.Fatal(err)
			}
			got, got17 := dump(t, out), dump(t, out17)
			if got17 == got {
				got17 = ""
			}
			if *update {
				g.setPart("want", got)
				g.setPart("want17", got17)
				if err := os.WriteFile(g.file, txtar.Format(g.ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(g.part("want"), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(g.part("want17"), got17); diff != "" {
				t.Errorf("libbpf 1.7.0 (-want +got)\n%s", diff)
			}
		})
	}
}

// TestGoldenLibbpf checks that the goldens are what libbpf does.
func TestGoldenLibbpf(t *testing.T) {
	o := newOracle(t)
	all := goldens(t)
	var inputs []blobs
	for _, g := range all {
		in := blobs{own: g.in.Bytes()}
		if g.base != nil {
			in.base = g.base.Bytes()
		}
		inputs = append(inputs, in)
	}
	for _, compat := range []Compat{LibBPF17, LibBPF18} {
		dir := o.run(t, inputs, compat == LibBPF18, false)
		for i, g := range all {
			raw, err := os.ReadFile(caseFile(dir, i, "out"))
			if err != nil {
				reason, _ := os.ReadFile(caseFile(dir, i, "err"))
				t.Errorf("%s: libbpf: %s", g.file, reason)
				continue
			}
			types, err := btf.Parse(raw, g.base)
			if err != nil {
				t.Fatal(err)
			}
			want := g.part("want")
			if text := g.part("want17"); text != "" && compat == LibBPF17 {
				want = text
			}
			if diff := cmp.Diff(want, dump(t, types)); diff != "" {
				t.Errorf("%s, compat %d (-golden +libbpf)\n%s", g.file, compat, diff)
			}
		}
	}
}
