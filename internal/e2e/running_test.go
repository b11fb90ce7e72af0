package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// runningKernel is where Linux shows its BTF.
const runningKernel = "/sys/kernel/btf/vmlinux"

// TestRunningKernel encodes an object on top of the BTF of the kernel that runs, from where Linux shows it,
// as it is done for modules outside of its tree. pahole gets a copy.
func TestRunningKernel(t *testing.T) {
	kernel, err := os.ReadFile(runningKernel)
	if os.IsNotExist(err) || os.IsPermission(err) {
		t.Skipf("this kernel has no BTF: %v", err.(*fs.PathError))
	}
	if err != nil {
		t.Fatal(err)
	}
	object, out := testObject("module-gcc-dwarf5.o"), filepath.Join(t.TempDir(), "out.btf")
	ours := func(flags ...string) []byte {
		res := run(t, append(flags, "--btf_features=default", "--btf_base="+runningKernel, "--btf_encode_detached="+out, object)...)
		if res.exitCode != 0 || res.stderr != "" {
			t.Fatalf("exit status %d: %s", res.exitCode, res.stderr)
		}
		return filetest.Read(t, out)
	}
	base := parseSplit(t, kernel, nil)
	if types := parseSplit(t, ours(), base); types.FirstID() != base.NumIDs() || types.NumIDs() == base.NumIDs() {
		t.Errorf("IDs from %d to %d on a base with %d", types.FirstID(), types.NumIDs(), base.NumIDs())
	}
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	copied, theirs := filepath.Join(dir, "vmlinux.btf"), filepath.Join(dir, "out.btf")
	if err := os.WriteFile(copied, kernel, 0o644); err != nil {
		t.Fatal(err)
	}
	copyFile(t, object, filepath.Join(dir, "module.o"))
	cmd := peers.Command("pahole", "-J", "--btf_features=default", "--btf_base="+copied, "--btf_encode_detached="+theirs, filepath.Join(dir, "module.o"))
	if res := peer.Run(t, cmd); res.ExitCode != 0 {
		t.Fatalf("pahole: exit status %d: %s", res.ExitCode, res.Stderr)
	}
	if got := ours(peer.CompatFlag(peer.LibbpfVersion(t)), "--btf_arrays=nested"); !bytes.Equal(got, filetest.Read(t, theirs)) {
		t.Errorf("%d bytes that are not those of pahole, %d", len(got), len(filetest.Read(t, theirs)))
	}
}
