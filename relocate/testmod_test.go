package relocate_test

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/relocate"
)

// testmod returns the BTF of the kernel's own test module, which was distilled
// by resolve_btfids, and that of some other kernel. Both are test data of
// cilium/ebpf.
func testmod(t testing.TB) (split, vmlinux *btf.Types) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cilium/ebpf").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "btf", "testdata")
	base := splittest.Load(t, filepath.Join(dir, "btf_testmod.btf.base"), nil)
	split = splittest.Load(t, filepath.Join(dir, "btf_testmod.btf"), base)
	f, err := os.Open(filepath.Join(dir, "vmlinux.btf.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if vmlinux, err = btf.Parse(raw, nil); err != nil {
		t.Fatal(err)
	}
	return split, vmlinux
}

func TestTestmod(t *testing.T) {
	split, vmlinux := testmod(t)
	r := check(t, split, vmlinux)
	if len(r.Distilled) != 157 || len(r.Defects) != 0 {
		t.Errorf("%d distilled types, defects %v", len(r.Distilled), r.Defects)
	}
	states := make(map[relocate.State]int)
	for i := range r.Distilled {
		states[r.Distilled[i].State]++
		if !r.Distilled[i].Referenced {
			t.Errorf("[%d] is not referenced", i+1)
		}
	}
	t.Logf("%v: %v; %v", r.Outcome, r.Refusal, states)
	if states[relocate.Invalid] != 0 || states[relocate.Matched] < 100 {
		t.Errorf("states %v", states)
	}

	o := splittest.NewOracle(t)
	o.Relocate(split.Base().Bytes(), split.Bytes(), vmlinux.Bytes())
	a := o.Answers(t)[0]
	compare(t, split, relocate.NewTarget(vmlinux), &a)
}
