package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestKernelImages: the BTF of what boot loaders start is that of the vmlinux which it was made of.
func TestKernelImages(t *testing.T) {
	for _, kernel := range []string{"61c", "612c"} {
		vmlinux := peer.Vmlinux(t, kernel)
		image := filepath.Join(peer.Dir(t), "k", kernel, "vmlinuz")
		if _, err := os.Stat(image); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("the image is not there (scripts/peers.sh images): %v", err)
		}
		want, got := run(t, "dump", vmlinux), run(t, "dump", image)
		if got.exitCode != 0 || got.stdout != want.stdout || want.stdout == "" {
			t.Errorf("%s: exit code %d, other types than those of vmlinux: %s", kernel, got.exitCode, got.stderr)
		}
		if got, want := run(t, "verify", "--json", image).stdout, run(t, "verify", "--json", vmlinux).stdout; len(got) < 20 || kernelOf(t, got) != kernelOf(t, want) {
			t.Errorf("%s: judged as %s, vmlinux as %s", kernel, kernelOf(t, got), kernelOf(t, want))
		}
	}
}

// kernelOf returns the kernel whose rules a line of verify --json is by.
func kernelOf(t *testing.T, line string) string {
	t.Helper()
	var v struct{ Kernel string }
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return v.Kernel
}
