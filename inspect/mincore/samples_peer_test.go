package mincore_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/peer"
)

// TestPeerSamples compares what the BPF programs in the sources of Linux need of each kernel:
// samples, those of perf and bpftool, and of tests. What clang does not compile with the types
// of one kernel alone is left out. peer.SweepVar asks for kernels of other machines as well.
func TestPeerSamples(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the programs of Linux; runs without -short")
	}
	linux := filepath.Join(peer.Dir(t), "linux", "6.12")
	var sources []string
	filepath.WalkDir(linux, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".bpf.c") {
			sources = append(sources, path)
		}
		return nil
	})
	if len(sources) == 0 {
		t.Skip("no sources of Linux 6.12 (scripts/peers.sh linux-6.12)")
	}
	dir := peer.Scratch(t)
	put(t, filepath.Join(dir, "vmlinux.h"), peer.Bpftool(t, "btf", "dump", "file", peer.Vmlinux(t, "612c"), "format", "c"))
	var objects []string
	for _, source := range sources {
		object := filepath.Join(dir, strings.TrimSuffix(filepath.Base(source), ".bpf.c")+".o")
		p := peer.Get(t)
		args := []string{"--target=bpf", "-g", "-O2", "-w", "-D__TARGET_ARCH_x86", "-I" + p.Inside(dir), "-I" + p.Inside(filepath.Dir(source)),
			"-I" + p.Inside(filepath.Join(linux, "tools/lib/bpf")), "-c", source, "-o", object}
		if res := peer.Run(t, p.Command("clang", args...)); res.ExitCode == 0 {
			objects = append(objects, object)
		}
	}
	if len(objects) < 30 {
		t.Errorf("%d of %d programs were compiled", len(objects), len(sources))
	}
	files := []string{peer.Vmlinux(t, "61c"), peer.Vmlinux(t, "612c"), peer.Vmlinux(t, "72c")}
	images, _ := filepath.Glob(filepath.Join(peer.Dir(t), "boot", "*"))
	if peer.Sweeping() {
		if files = append(files, images...); len(files) < 20 {
			t.Errorf("%d kernels (scripts/peers.sh boot fetches images)", len(files))
		}
	}
	t.Logf("%d programs, %d kernels", len(objects), len(files))
	for _, file := range files {
		types, err := elffile.OpenBTF(file, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		kernel := put(t, filepath.Join(dir, filepath.Base(file)), types.Bytes())
		for _, object := range objects {
			same(t, dir, kernel, types, object)
		}
		same(t, dir, kernel, types, objects...)
	}
}
