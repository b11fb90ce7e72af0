package e2e

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// kernel73 is the peer with a kernel of Linux 7.3, whose own resolve_btfids tags kernel functions.
const kernel73 = "73c"

// TestResolve73 makes the BTF of a kernel of Linux 7.3 and of its modules as their build did: by the pahole that Debian
// builds it with, and the last step by gopahole. The package has what the kernel's own program made of the same.
func TestResolve73(t *testing.T) {
	dir := peer.Dir(t)
	if _, err := os.Stat(filepath.Join(dir, "k", kernel73, "vmlinux")); err != nil {
		t.Skip("it is for make test-73, which fetches that kernel")
	}
	vmlinux := peer.Vmlinux(t, kernel73)
	base := filepath.Join(peer.Scratch(t), "base.btf") // as it is shipped
	if err := os.WriteFile(base, filetest.Section(t, vmlinux, ".BTF"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Run("vmlinux", func(t *testing.T) { remake73(t, vmlinux, "") })
	for _, module := range peer.Modules(t, kernel73) {
		t.Run(filepath.Base(module), func(t *testing.T) { remake73(t, module, base) })
	}
}

// remake73 compares what is made of one file with its sections. The base is "" for a kernel.
func remake73(t *testing.T, input, base string) {
	linked := filepath.Join(peer.Scratch(t), filepath.Base(input))
	unresolve(t, input, base, linked)
	encoded := linked + ".BTF.1"
	pahole := []string{"-J", "-j1", "--lang_exclude=rust", "--btf_encode_detached=" + encoded,
		"--btf_features=encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func,decl_tag_kfuncs"}
	resolve := []string{"resolve_btfids", "--kfuncs=sets", "--btf", encoded}
	if base != "" {
		pahole = append(pahole, "--btf_base="+base)
		resolve = append(resolve, "--btf_base", base)
	}
	cmd := peer.Get(t).Command("/p/pahole-trixie/usr/bin/pahole", append(pahole, linked)...)
	cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH=/p/pahole-trixie/usr/lib/x86_64-linux-gnu")
	if r := peer.Run(t, cmd); r.ExitCode != 0 {
		t.Fatalf("pahole: exit status %d: %s", r.ExitCode, r.Stderr)
	}
	if r := run(t, append(resolve, linked)...); r.exitCode != 0 {
		t.Fatalf("resolve_btfids: exit status %d: %s", r.exitCode, r.stderr)
	}
	for _, section := range []string{".BTF", ".BTF_ids"} {
		want := filetest.Section(t, input, section)
		got, err := os.ReadFile(linked + section)
		if want == nil && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d, of %d the same; %v", section, len(got), len(want), matching(got, want), err)
		}
	}
}

// matching is how many bytes two slices begin with in common.
func matching(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// unresolve copies a file with .BTF_ids as the linker left it: flags stand at the places of their symbols again.
func unresolve(t *testing.T, input, base, output string) {
	t.Helper()
	copyWithIDs(t, input, output, func(f *elffile.File) []byte {
		table, err := btfids.Read(f)
		if err != nil {
			t.Fatal(err)
		}
		var baseTypes *btf.Types
		if base != "" {
			if baseTypes, err = btf.Open(base, nil); err != nil {
				t.Fatal(err)
			}
		}
		types, err := btf.Open(input, baseTypes)
		if err != nil {
			t.Fatal(err)
		}
		linked, err := table.Unresolve(types)
		if err != nil || len(linked.Doubt) > 0 {
			t.Fatalf("%v, functions in doubt: %q", err, linked.Doubt)
		}
		return linked.Data
	})
}
