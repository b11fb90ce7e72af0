package distill_test

import (
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/goldentest"
)

var update = flag.Bool("update", false, "write what Distill does into the goldens")

// golden is a case of testdata/golden, in the form that bpftool prints: base and
// split, and for a chain of bases middle between them.
type golden struct {
	*goldentest.File
	base  *btf.Types // nearest to split
	split *btf.Types
}

func goldens(t testing.TB) []golden {
	t.Helper()
	var all []golden
	for _, f := range goldentest.Load(t) {
		g := golden{File: f, base: f.Types(t, "base", nil)}
		if f.Part("middle") != "" {
			g.base = f.Types(t, "middle", g.base)
		}
		g.split = f.Types(t, "split", g.base)
		all = append(all, g)
	}
	return all
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.Name(), func(t *testing.T) {
			base, split, err := distill.Distill(g.split, distill.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				g.Set("want.base", goldentest.Dump(t, base))
				g.Set("want.split", goldentest.Dump(t, split))
				g.Write(t)
				return
			}
			if diff := cmp.Diff(g.Part("want.base"), goldentest.Dump(t, base)); diff != "" {
				t.Errorf("base (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(g.Part("want.split"), goldentest.Dump(t, split)); diff != "" {
				t.Errorf("split (-want +got)\n%s", diff)
			}
		})
	}
}
