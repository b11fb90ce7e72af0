package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestRelocate distils modules as they are shipped, with the verb distill, and lets bpftool relocate them onto their own
// kernel and another one: it has to succeed where the verb relocate does, and to show the same types, or to fail with
// the message that the verb gives.
func TestRelocate(t *testing.T) {
	kernels := []string{"61c", "612c"}
	for _, kernel := range kernels {
		modules := peer.Modules(t, kernel)
		step := 40
		if testing.Short() {
			step = len(modules)
		}
		for i := 0; i < len(modules); i += step {
			t.Run(kernel+"/"+filepath.Base(modules[i]), func(t *testing.T) {
				dir := peer.Scratch(t)
				module, moved := filepath.Join(dir, "module.ko"), filepath.Join(dir, "moved.btf")
				if res := run(t, "distill", "--base="+peer.Vmlinux(t, kernel), "-o", module, modules[i]); res.exitCode != 0 {
					t.Fatal(res.stderr)
				}
				for _, to := range kernels {
					vmlinux := peer.Vmlinux(t, to)
					want := peer.Run(t, peer.Get(t).Command("bpftool", "-B", vmlinux, "btf", "dump", "file", module, "format", "raw"))
					check := run(t, "relocate", "--check", "--base="+vmlinux, module)
					if want.ExitCode != 0 {
						message, _, _ := strings.Cut(strings.TrimPrefix(string(want.Stderr), "libbpf: "), "\n")
						if line := module + ": refused: -EINVAL: " + message + "\n"; check.stdout != line || check.exitCode != 1 {
							t.Errorf("on %s: %q, bpftool: %q", to, check.stdout, want.Stderr)
						}
						continue
					}
					if line := module + ": relocates\n"; check.stdout != line || check.exitCode != 0 {
						t.Errorf("on %s: %q, bpftool relocates", to, check.stdout)
					}
					if res := run(t, "relocate", "--base="+vmlinux, "-o", moved, module); res.exitCode != 0 {
						t.Errorf("on %s: %s", to, res.stderr)
						continue
					}
					if got := run(t, "dump", "-B", vmlinux, moved); got.stdout != string(want.Stdout) {
						t.Errorf("on %s: other types than bpftool's", to)
					}
				}
			})
		}
	}
}
