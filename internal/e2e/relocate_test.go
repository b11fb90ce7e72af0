package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestRelocate distils modules as they are shipped, with the verb distill, and lets bpftool relocate them
// onto their own kernel and another one: it has to succeed where the verb relocate does, and to show the same
// types, or to fail with the message that the verb gives.
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
					checkRelocation(t, to, vmlinux, module, want)
					res := run(t, "relocate", "--base="+vmlinux, "-o", moved, module)
					if dump := run(t, "dump", "-B", vmlinux,
						module); dump.stdout != string(want.Stdout) || dump.stderr != res.stderr || dump.exitCode != res.exitCode {
						t.Errorf("on %s: dump -B is not what bpftool prints: exit code %d, %s", to, dump.exitCode, dump.stderr)
					}
					if want.ExitCode != 0 {
						message, _, _ := strings.Cut(strings.TrimPrefix(string(want.Stderr), "libbpf: "), "\n")
						if line := "gopahole: " + module + ": -EINVAL: " + message + "\n"; res.stderr != line || res.exitCode != 1 {
							t.Errorf("on %s: %q, bpftool: %q", to, res.stderr, want.Stderr)
						}
						continue
					}
					if res.exitCode != 0 {
						t.Errorf("on %s: %s, bpftool relocates", to, res.stderr)
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

// checkRelocation compares what gopahole says of a kernel with what bpftool does, which
// is that of a kernel which knows .BTF.base. One of 6.1 does not, and refuses what is
// there for others.
func checkRelocation(t *testing.T, to, vmlinux, module string, want peer.Result) {
	t.Helper()
	check := run(t, "relocate", "--check", "--base="+vmlinux, module)
	head, line, _ := strings.Cut(check.stdout, "\n")
	line = strings.TrimSuffix(strings.TrimPrefix(line, module+": "), "\n")
	message, _, _ := strings.Cut(strings.TrimPrefix(string(want.Stderr), "libbpf: "), "\n")
	switch {
	case to == "61c":
		known := strings.HasPrefix(line, "refused: -EINVAL: ") || strings.HasPrefix(line, "misread: ")
		if !known || !strings.Contains(line,
			"this kernel does not know .BTF.base") || check.exitCode != 1 || !strings.HasSuffix(head,
			": Linux 6.1 (rules of 6.1 to 6.3)") {
			t.Errorf("on %s: exit code %d, %s", to, check.exitCode, check.stdout)
		}
	case want.ExitCode != 0:
		if line != "refused: -EINVAL: "+message || check.exitCode != 1 {
			t.Errorf("on %s: %q, bpftool: %q", to, check.stdout, want.Stderr)
		}
	case line != "relocates" || check.exitCode != 0:
		t.Errorf("on %s: %q, bpftool relocates", to, check.stdout)
	}
}
