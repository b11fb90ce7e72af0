package relocate_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/relocate"
)

var update = flag.Bool("update", false, "write what Check and Relocate say into the goldens")

// golden is a case of testdata/golden, types in the form that bpftool prints. A
// target may have a second part, target.split.
type golden struct {
	*goldentest.File
	splittest.Case
}

func goldens(t testing.TB) []golden {
	t.Helper()
	var all []golden
	for _, f := range goldentest.Load(t) {
		g := golden{File: f}
		g.Distilled = f.Types(t, "distilled", nil)
		g.Split = f.Types(t, "split", g.Distilled)
		g.Target = f.Types(t, "target", nil)
		if f.Part("target.split") != "" {
			g.Target = f.Types(t, "target.split", g.Target)
		}
		all = append(all, g)
	}
	return all
}

// text is a report as the goldens have it.
func text(r *relocate.Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Outcome)
	switch {
	case r.Refusal != nil:
		fmt.Fprintln(&b, r.Refusal)
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
	for _, d := range r.Defects {
		fmt.Fprintf(&b, "danger: %v: %v\n", d.Kind, d)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.Name(), func(t *testing.T) {
			target := relocate.NewTarget(g.Target)
			r, err := relocate.Check(g.Split, target)
			if err != nil {
				t.Fatal(err)
			}
			var moved string
			types, err := relocate.Relocate(g.Split, target)
			if err == nil {
				moved = goldentest.Dump(t, types)
			}
			if *update {
				g.Set("want", text(r))
				g.SetOptional("want.split", moved)
				g.Write(t)
				return
			}
			if diff := cmp.Diff(g.Part("want"), text(r)); diff != "" {
				t.Errorf("report (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(g.Part("want.split"), moved); diff != "" {
				t.Errorf("relocated (-want +got)\n%s", diff)
			}
			if r.Refusal != nil && (err == nil || err.Error() != r.Refusal.Error()) {
				t.Errorf("Check says %v, Relocate %v", r.Refusal, err)
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
		t.Run(cases[i].Name(), func(t *testing.T) {
			compare(t, cases[i].Split, relocate.NewTarget(cases[i].Target), &a)
		})
	}
}
