package dedup

import (
	"context"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/internal/unitgen"
	"github.com/gopahole/gopahole/libbpf"
)

var update = flag.Bool("update", false, "write what Dedup does into the goldens")

// golden is a case of testdata/golden: types before and after, as bpftool prints
// them. want17 and want19 are what libbpf 1.7.0 and the one after 1.8 make of it, if that
// differs.
type golden struct {
	*goldentest.File
	base, in *btf.Types
}

func goldens(t *testing.T) []golden {
	t.Helper()
	var all []golden
	for _, f := range goldentest.Load(t) {
		g := golden{File: f}
		if f.Part("base") != "" {
			g.base = f.Types(t, "base", nil)
		}
		g.in = f.Types(t, "in", g.base)
		all = append(all, g)
	}
	return all
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.Name(), func(t *testing.T) {
			out, err := Dedup(context.Background(), g.in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{"want": goldentest.Dump(t, out)}
			for part, compat := range map[string]libbpf.Version{"want17": libbpf.V17, "want19": libbpf.V19} {
				other, err := Dedup(context.Background(), g.in, Options{Compat: compat})
				if err != nil {
					t.Fatal(err)
				}
				if got[part] = goldentest.Dump(t, other); got[part] == got["want"] {
					got[part] = ""
				}
			}
			for _, part := range []string{"want", "want17", "want19"} {
				if *update {
					g.SetOptional(part, got[part])
				} else if diff := cmp.Diff(g.Part(part), got[part]); diff != "" {
					t.Errorf("%s (-want +got)\n%s", part, diff)
				}
			}
			if *update {
				g.Write(t)
			}
		})
	}
}

// TestGoldenLibbpf checks that the goldens are what libbpf does.
func TestGoldenLibbpf(t *testing.T) {
	o := newOracle(t)
	all := slices.DeleteFunc(goldens(t), func(g golden) bool { return !splittest.Knows(g.in) })
	var inputs []unitgen.Input
	for _, g := range all {
		in := unitgen.Input{Own: g.in.Bytes()}
		if g.base != nil {
			in.Base = g.base.Bytes()
		}
		inputs = append(inputs, in)
	}
	for _, compat := range []libbpf.Version{libbpf.V17, libbpf.V18} {
		dir := o.run(t, inputs, compat == libbpf.V18, false)
		for i, g := range all {
			raw, err := os.ReadFile(caseFile(dir, i, "out"))
			if err != nil {
				reason, _ := os.ReadFile(caseFile(dir, i, "err"))
				t.Errorf("%s: libbpf: %s", g.Path, reason)
				continue
			}
			types, err := btf.Parse(raw, g.base)
			if err != nil {
				t.Fatal(err)
			}
			want := g.Part("want")
			if text := g.Part("want17"); text != "" && compat == libbpf.V17 {
				want = text
			}
			if diff := cmp.Diff(want, goldentest.Dump(t, types)); diff != "" {
				t.Errorf("%s, compat %d (-golden +libbpf)\n%s", g.Path, compat, diff)
			}
		}
	}
}
