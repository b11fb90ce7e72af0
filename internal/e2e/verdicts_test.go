package e2e

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestVerdicts asks about the modules and kernels of distributions: each kernel accepts its own modules, and
// none those of another one, whether they have .BTF.base or not.
func TestVerdicts(t *testing.T) {
	kernels := []string{"61c", "612c"}
	if _, err := peer.Get(t).Vmlinux("72c"); err == nil { // optional
		kernels = append(kernels, "72c")
	}
	title := regexp.MustCompile(`: accepted by Linux (6\.1 \(rules of 6\.1 to 6\.3\)|6\.12 \(rules of 6\.12 to 6\.14\)|7\.2)\n`)
	for _, from := range kernels {
		var module string
		for _, m := range peer.Modules(t, from) {
			if filepath.Base(m) == "virtio_net.ko" {
				module = m
			}
		}
		distilled := filepath.Join(peer.Scratch(t), "distilled.ko")
		if res := run(t, "distill", "--base="+peer.Vmlinux(t, from), "-o", distilled, module); res.exitCode != 0 {
			t.Fatal(res.stderr)
		}
		if res := run(t, "verify", peer.Vmlinux(t, from)); res.exitCode != 0 || !title.MatchString(res.stdout) {
			t.Errorf("%s: %s%s", from, res.stdout, res.stderr)
		}
		for _, to := range kernels {
			for _, file := range []string{module, distilled} {
				want := 1
				if from == to && (file == module || to != "61c") {
					want = 0
				}
				res := run(t, "verify", "--base="+peer.Vmlinux(t, to), file)
				if res.exitCode != want || title.MatchString(res.stdout) != (want == 0) || res.stderr != "" {
					t.Errorf("%s of %s on %s: exit code %d, want %d\n%s%s", filepath.Base(file), from, to, res.exitCode, want, res.stdout, res.stderr)
				}
			}
		}
	}
}
