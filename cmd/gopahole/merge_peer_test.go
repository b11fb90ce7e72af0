package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestPeerMerge merges modules of a kernel, and compares the types with what bpftool
// makes of the same files.
func TestPeerMerge(t *testing.T) {
	dir, vmlinux := peer.Scratch(t), peer.Vmlinux(t, "612c")
	args := []string{"merge", "-B", vmlinux, "-o", filepath.Join(dir, "all.btf")}
	bpftool := []string{"-B", vmlinux, "btf", "dump"}
	for _, m := range peer.Modules(t, "612c") {
		if slices.Contains([]string{"xfs.ko", "btrfs.ko", "nf_conntrack.ko", "kvm.ko"}, filepath.Base(m)) {
			args = append(args, m)
			bpftool = append(bpftool, "file", m)
		}
	}
	if len(args) != 9 {
		t.Fatalf("modules are missing: %q", args)
	}
	if code, _, stderr := runIn(args...); code != exitOK {
		t.Fatalf("status %d: %s", code, stderr)
	}
	code, got, stderr := runIn("dump", "-B", vmlinux, filepath.Join(dir, "all.btf"))
	if code != exitOK {
		t.Fatalf("status %d: %s", code, stderr)
	}
	want := peer.Bpftool(t, append(bpftool, "format", "raw")...)
	if !bytes.Equal([]byte(got), want) {
		t.Errorf("%d lines, bpftool has %d, or they differ", strings.Count(got, "\n"), bytes.Count(want, []byte("\n")))
	}
}
