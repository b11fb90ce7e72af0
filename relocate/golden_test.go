package relocate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/relocate"
)

var update = flag.Bool("update", false, "write what Check and Relocate say into the goldens")

// golden is a case of testdata/golden, types in the form that bpftool prints. A
// target may have a second part, target.split.
type golden struct {
	file string
	ar   *txtar.Archive
	splittest.Case
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
		g.Distilled = parse(t, g.part("distilled"), nil)
		g.Split = parse(t, g.part("split"), g.Distilled)
		g.Target = parse(t, g.part("target"), nil)
		if text := g.part("target.split"); text != "" {
			g.Target = parse(t, text, g.Target)
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

func parse(t testing.TB, text string, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.ParseText(text, base)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return types
}

// text is a report as the goldens have it.
func text(r *relocate.Report) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Outcome)
	switch {
	case r.Error != nil:
		fmt.Fprintln(&b, r.Error)
	case r.Why != "":
		fmt.Fprintln(&b, r.Why)
	}
	for i := range r.Distilled {
		d := &r.Distilled[i]
		fmt.Fprintf(&b, "[%d] %v '%s' size=%d: %v", d.ID, d.Kind, d.Name, d.Size, d.State)
		if d.NewID() != 0 {
			fmt.Fprintf(&b, " [%d]", d.NewID())
		}
		if d.Embedded {
			fmt.Fprint(&b, ", embedded")
		}
		if !d.Referenced {
			fmt.Fprint(&b, ", unreferenced")
		}
		if why := d.Explain(); why != "" {
			fmt.Fprintf(&b, "; %s", why)
		}
		fmt.Fprintln(&b)
	}
	for _, d := range r.Dangers {
		fmt.Fprintf(&b, "danger: %v: %v\n", d.Kind, d)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(g.file), ".txtar"), func(t *testing.T) {
			target := relocate.NewTarget(g.Target)
			r, err := relocate.Check(g.Split, target)
			if err != nil {
				t.Fatal(err)
			}
			var moved string
			types, err := relocate.Relocate(g.Split, target)
			if err == nil {
				moved = dump(t, types)
			}
			if *update {
				g.setPart("want", text(r))
				g.setPart("want.split", moved)
				if err := os.WriteFile(g.file, txtar.Format(g.ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(g.part("want"), text(r)); diff != "" {
				t.Errorf("report (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(g.part("want.split"), moved); diff != "" {
				t.Errorf("relocated (-want +got)\n%s", diff)
			}
			if r.Error != nil && (err == nil || err.Error() != r.Error.Error()) {
				t.Errorf("Check says %v, Relocate %v", r.Error, err)
			}
		})
	}
}

// TestGoldenLibbpf checks that the goldens are what libbpf does.
func TestGoldenLibbpf(t *testing.T) {
	o := splittest.NewOracle(t)
	var cases []golden
	for _, g := range goldens(t) {
		if g.Target.Base() != nil { // libbpf's offsets are wrong then
			continue
		}
		cases = append(cases, g)
		o.Relocate(g.Distilled.Bytes(), g.Split.Bytes(), g.Target.Bytes())
	}
	for i, a := range o.Answers(t) {
		t.Run(strings.TrimSuffix(filepath.Base(cases[i].file), ".txtar"), func(t *testing.T) {
			compare(t, cases[i].Split, relocate.NewTarget(cases[i].Target), &a)
		})
	}
}
