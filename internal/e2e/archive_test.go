package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	cilium "github.com/cilium/ebpf/btf"

	"github.com/gopahole/gopahole/archive/catalog"
	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/internal/peer"
)

// TestArchiveConsumers makes an archive of a whole kernel with its modules, as a package has them, and does with it what
// users of archives do: cilium/ebpf reads each entry, and bpftool makes of the kernel's what a BPF program needs.
func TestArchiveConsumers(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: encodes a whole kernel")
	}
	peers := peer.Get(t)
	files := filepath.Join(peers.Dir(), "k/612c/usr")
	if _, err := os.Stat(files); err != nil {
		peer.Vmlinux(t, "612c") // which says what is missing
	}
	dir := peer.Scratch(t)
	dest := filepath.Join(dir, "archive")
	if res := run(t, "archive", "run", "-q", "--modules", "--layout=cas", "-o", dest, files); res.exitCode != 0 || res.stderr != "" {
		t.Fatalf("status %d: %s", res.exitCode, res.stderr)
	}
	st, err := store.Open(t.Context(), dest)
	if err != nil {
		t.Fatal(err)
	}
	c := catalog.New(st)
	all, broken, err := c.All(t.Context())
	if err != nil || broken != nil || len(all) < 500 {
		t.Fatalf("%d entries, %v, %v", len(all), broken, err)
	}
	var base *cilium.Spec
	raw := make(map[string][]byte)
	for _, it := range all {
		data, err := c.Read(t.Context(), it, catalog.BTF)
		if err != nil {
			t.Fatal(err)
		}
		if it.Entry.Kind == "vmlinux" {
			raw[it.Entry.Release] = data
			if base, err = cilium.LoadSpecFromReader(bytes.NewReader(data)); err != nil {
				t.Fatalf("%v: %v", it, err)
			}
		}
	}
	if base == nil || len(raw) != 1 {
		t.Fatalf("%d kernels", len(raw))
	}
	types := 0
	for _, it := range all {
		e := it.Entry
		if e.Verdict != "accepted" || e.Status != index.Done {
			t.Errorf("%v: %s, %s %s", it, e.Status, e.Verdict, e.Why)
		}
		if e.Kind != "module" {
			continue
		}
		data, err := c.Read(t.Context(), it, catalog.BTF)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := cilium.LoadSplitSpecFromReader(bytes.NewReader(data), base)
		if err != nil {
			t.Errorf("%v: %v", it, err)
			continue
		}
		for _, err := range spec.All() {
			if err != nil {
				t.Errorf("%v: %v", it, err)
				break
			}
			types++
		}
	}
	t.Logf("%d entries, %d types of modules", len(all), types)

	// What bpftool makes for a BPF program of the archive's kernel is what it makes of it here.
	kernel := filepath.Join(dir, "vmlinux.btf")
	for release, data := range raw {
		if res := run(t, "archive", "get", "-o", kernel, dest, release); res.exitCode != 0 {
			t.Fatal(res.stderr)
		}
		if got, err := os.ReadFile(kernel); err != nil || !bytes.Equal(got, data) {
			t.Errorf("archive get: %d bytes, want %d, %v", len(got), len(data), err)
		}
	}
	program, err := os.ReadFile(filepath.Join(root, "inspect/mincore/testdata/relocations-el.o"))
	if err != nil {
		t.Fatal(err)
	}
	object := filepath.Join(dir, "program.bpf.o")
	if err := os.WriteFile(object, program, 0o644); err != nil {
		t.Fatal(err)
	}
	theirs, ours := filepath.Join(dir, "theirs.btf"), filepath.Join(dir, "ours.btf")
	peer.Bpftool(t, "gen", "min_core_btf", peers.Inside(kernel), peers.Inside(theirs), peers.Inside(object))
	if res := run(t, "gen", "core", "-B", kernel, "-o", ours, object); res.exitCode != 0 {
		t.Fatal(res.stderr)
	}
	if where := firstDifference(t, theirs, ours); where != "" {
		t.Error(where)
	}
}
