package diff_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/internal/goldentest"
)

var update = flag.Bool("update", false, "write results into the goldens")

// text has all that changes say.
func text(changes []diff.Change) string {
	var b strings.Builder
	for i := range changes {
		c := &changes[i]
		fmt.Fprintf(&b, "%s [%d] [%d] %s\n", c.Title(), c.Old, c.New, c.Class)
		for j := range c.Details {
			d := &c.Details[j]
			fmt.Fprintf(&b, "\t%s: %s\n", d.Class, d)
		}
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, g := range goldentest.Load(t) {
		t.Run(g.Name(), func(t *testing.T) {
			var oldBase, newBase *btf.Types
			if g.Part("oldbase") != "" {
				oldBase, newBase = g.Types(t, "oldbase", nil), g.Types(t, "newbase", nil)
			}
			old, new := g.Types(t, "old", oldBase), g.Types(t, "new", newBase)
			changes, err := diff.Compare(old, new, diff.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := text(changes)
			if oldBase != nil {
				asModules(t, oldBase, newBase, old, new, got)
			}
			if *update {
				g.Set("want", got)
				g.Write(t)
			} else if diff := cmp.Diff(g.Part("want"), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// asModules compares split BTF in the other way, with the bases looked at before.
func asModules(t *testing.T, oldBase, newBase, old, new *btf.Types, want string) {
	t.Helper()
	k, err := diff.NewKernels(oldBase, newBase)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // nothing stays of a module
		changes, err := k.Module(old, new, diff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, text(changes)); diff != "" {
			t.Errorf("as modules (-want +got)\n%s", diff)
		}
	}
	if _, err := k.Module(new, old, diff.Options{}); err == nil {
		t.Error("modules of other kernels were compared")
	}
}

// TestAll has the types of a base that are compared if they are asked for.
func TestAll(t *testing.T) {
	base := goldentest.Parse(t, "[1] STRUCT 'of_kernel' size=4 vlen=0\n", nil)
	larger := goldentest.Parse(t, "[1] STRUCT 'of_kernel' size=8 vlen=0\n", nil)
	const module = "[2] PTR '(anon)' type_id=1\n[3] TYPEDEF 't' type_id=2\n"
	old, new := goldentest.Parse(t, module, base), goldentest.Parse(t, module, larger)
	for all, want := range map[bool]string{false: "", true: "struct of_kernel [1] [1] \n\tsize: size: 4 → 8\n"} {
		changes, err := diff.Compare(old, new, diff.Options{All: all})
		if err != nil {
			t.Fatal(err)
		}
		if got := text(changes); got != want {
			t.Errorf("all %v: %q", all, got)
		}
	}
}

func TestKfuncs(t *testing.T) {
	const types = "[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0\n[2] FUNC 'f' type_id=1 linkage=static\n[3] FUNC 'g' type_id=1 linkage=static\n"
	old, new := goldentest.Parse(t, types, nil), goldentest.Parse(t, strings.Replace(types, "linkage=static\n[3]", "linkage=global\n[3]", 1), nil)
	changes, err := diff.Compare(old, new, diff.Options{
		OldKfuncs: map[string]uint32{"f": 1, "g": 1 << 2, "same": 7},
		NewKfuncs: map[string]uint32{"f": 1 | 1<<5, "same": 7, "without_func": 1 << 30},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `function f [2] [2] 
	linkage: linkage: static → global
	flags: kernel function: flags ACQUIRE → ACQUIRE|SLEEPABLE
function g [3] [3] 
	flags: kernel function: flags RET_NULL → not offered to programs
function without_func [0] [0] 
	flags: kernel function: flags not offered to programs → 1<<30
`
	if diff := cmp.Diff(want, text(changes)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWithout(t *testing.T) {
	c := diff.Change{Details: []diff.Detail{{Class: diff.Added}, {Class: diff.Moved}}}
	if got := c.Without(map[diff.Class]bool{diff.Added: true}); len(got.Details) != 1 || got.Details[0].Class != diff.Moved {
		t.Errorf("%+v", got)
	}
	if got := c.Without(map[diff.Class]bool{diff.Added: true, diff.Moved: true}); got != nil {
		t.Errorf("%+v", got)
	}
	if c = (diff.Change{Class: diff.Added}); c.Without(map[diff.Class]bool{diff.Added: true}) != nil || c.Without(map[diff.Class]bool{diff.Moved: true}) == nil {
		t.Error("a type that was added")
	}
}
