package relocate_test

import (
	"fmt"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/relocate"
)

// TestModules relocates all modules of real kernels, distilled, onto their own
// kernel and the other one.
func TestModules(t *testing.T) {
	kernels := []string{"61c", "612c"}
	vmlinux := make(map[string]*btf.Types)
	modules := make(map[string][]splittest.Module)
	for _, k := range kernels {
		vmlinux[k], modules[k] = splittest.Kernel(t, k)
		for i, m := range modules[k] {
			_, split, err := distill.Distill(m.Types, distill.Options{})
			if err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			modules[k][i].Types = split
		}
	}
	for _, from := range kernels {
		for _, to := range kernels {
			t.Run(fmt.Sprintf("%s-on-%s", from, to), func(t *testing.T) {
				o := splittest.NewOracle(t)
				raw := vmlinux[to].Bytes()
				target := relocate.NewTarget(vmlinux[to])
				for _, m := range modules[from] {
					o.Relocate(m.Types.Base().Bytes(), m.Types.Bytes(), raw)
				}
				count := make(map[string]int)
				for i, a := range o.Answers(t) {
					m := modules[from][i]
					what := compare(t, m.Types, target, &a)
					if count[what]++; t.Failed() {
						t.Fatal(m.Name)
					}
					if from == to && what != "relocates" {
						t.Logf("%s: %v", m.Name, &a)
					}
				}
				t.Logf("%d modules: %v", len(modules[from]), count)
			})
		}
	}
}
