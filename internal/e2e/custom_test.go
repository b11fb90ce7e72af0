package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cilium "github.com/cilium/ebpf/btf"

	"github.com/gopahole/gopahole/archive/catalog"
	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/internal/peer"
)

// notPermitted is the status of testdata/custom.c if the machine does not load BPF programs.
const notPermitted = 77

// TestArchiveCustomPath gives the entries of an archive to libbpf as btf_custom_path, with which it loads a CO-RE program
// as on another kernel, and runs the program: it returns offsets, sizes and values of the kernels in the archive. Where
// bpf(2) is not permitted, libbpf's relocations are all.
func TestArchiveCustomPath(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: encodes whole kernels")
	}
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	dest := filepath.Join(dir, "archive")
	args := []string{"archive", "run", "-q", "--layout=btfhub", "--distribution=debian/13", "-o", dest}
	for _, kernel := range []string{"61c", "612c"} {
		tree := filepath.Join(dir, kernel)
		if err := os.Mkdir(tree, 0o777); err != nil {
			t.Fatal(err)
		}
		vmlinux, err := filepath.EvalSymlinks(peer.Vmlinux(t, kernel))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Link(vmlinux, filepath.Join(tree, filepath.Base(vmlinux))); err != nil {
			t.Fatal(err)
		}
		args = append(args, tree)
	}
	if res := run(t, args...); res.exitCode != 0 || res.stderr != "" {
		t.Fatalf("status %d: %s", res.exitCode, res.stderr)
	}
	loader := filepath.Join(dir, "custom")
	for _, name := range []string{"custom.c", "offsets.bpf.o"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if res := peer.Run(t, peers.Command("gcc", "-O2", "-Wall", "-Werror", "-o", loader, loader+".c", "-lbpf")); res.ExitCode != 0 {
		t.Fatalf("gcc (the peers need libbpf-dev): %s", res.Stderr)
	}
	st, err := store.Open(t.Context(), dest)
	if err != nil {
		t.Fatal(err)
	}
	results := make(map[string]bool)
	for l, err := range index.List(t.Context(), st) {
		if err != nil || l.Err != nil || len(l.Record.Entries) != 1 {
			t.Fatal(err, l.Err)
		}
		release := l.Record.Entries[0].Release
		file := filepath.Join(dir, release+".btf")
		if res := run(t, "archive", "get", "-o", file, dest, release); res.exitCode != 0 {
			t.Fatal(res.stderr)
		}
		data, err := catalog.New(st).Read(t.Context(), catalog.Item{Package: &l.Record.Package, Entry: &l.Record.Entries[0]}, catalog.BTF)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := cilium.LoadSpecFromReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		want := "patched 5\n"
		res := peer.Run(t, peers.Command(peers.Inside(loader), filepath.Join(dir, "offsets.bpf.o"), file))
		if res.ExitCode == notPermitted {
			t.Logf("%s: relocated, but not loaded: %s", release, res.Stderr)
		} else {
			want += expected(t, spec)
		}
		if res.ExitCode != 0 && res.ExitCode != notPermitted || string(res.Stdout) != want {
			t.Errorf("%s: status %d, %s\nwant\n%s%s", release, res.ExitCode, res.Stdout, want, res.Stderr)
		}
		results[want] = true
	}
	if len(results) != 2 && !results["patched 5\n"] {
		t.Error("the kernels do not differ: this proves nothing")
	}
	// BTF in which there is nothing to find is not taken for good.
	broken := filepath.Join(dir, "broken.btf")
	if err := os.WriteFile(broken, []byte("no BTF"), 0o644); err != nil {
		t.Fatal(err)
	}
	if res := peer.Run(t, peers.Command(peers.Inside(loader), filepath.Join(dir, "offsets.bpf.o"), broken)); res.ExitCode != 1 {
		t.Errorf("status %d: %s", res.ExitCode, res.Stderr)
	}
}

// expected is what the programs of testdata/offsets.bpf.c return on a kernel.
func expected(t *testing.T, spec *cilium.Spec) string {
	t.Helper()
	var task *cilium.Struct
	if err := spec.TypeByName("task_struct", &task); err != nil {
		t.Fatal(err)
	}
	var pids *cilium.Enum
	if err := spec.TypeByName("pid_type", &pids); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range []string{"pid", "comm"} {
		for _, m := range task.Members {
			if m.Name == name {
				fmt.Fprintf(&b, "offset_of_%s %d\n", name, m.Offset.Bytes())
			}
		}
	}
	fmt.Fprintf(&b, "size_of_task %d\nno_such_member 0\n", task.Size)
	for _, v := range pids.Values {
		if v.Name == "PIDTYPE_SID" {
			fmt.Fprintf(&b, "value_of_sid %d\n", v.Value)
		}
	}
	return b.String()
}
