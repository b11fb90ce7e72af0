package e2e

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// kernelFeatures is what the makefiles of Linux 6.12 switch on.
const kernelFeatures = "--btf_features=encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func,decl_tag_kfuncs"

// kernelRows are the options with which every kernel is encoded.
var kernelRows = []struct {
	name  string
	flags []string
	jobs  []string // of gopahole; pahole's output does not depend on it
}{
	{"kernel6.12", []string{kernelFeatures, "--lang_exclude=rust"}, oneJob},
	{"kernel6.1", []string{"--btf_gen_floats", "--lang_exclude=rust", "--skip_encoding_btf_inconsistent_proto", "--btf_gen_optimized"}, oneJob},
	{"default", []string{"--btf_features=default"}, []string{"-j1", "-j2", "-j8", "-j"}},
	{"none", nil, []string{"-j1", "-j2"}},
	{"all", []string{"--btf_features=all"}, []string{"-j1", "-j8"}},
	{"default,true_signature", []string{"--btf_features=default,true_signature"}, []string{"-j1", "-j8"}},
	{"default,global_var", []string{"--btf_features=default,global_var"}, []string{"-j1", "-j2"}},
	{"default,attributes", []string{"--btf_features=default,attributes"}, oneJob},
	{"default,force_cu_merging", []string{"--btf_features=default,force_cu_merging"}, []string{"-j1", "-j2"}},
	{"btf_gen_all", []string{"--btf_gen_all"}, oneJob},
	{"btf_gen_floats", []string{"--btf_gen_floats"}, oneJob},
	{"btf_gen_optimized", []string{"--btf_gen_optimized"}, oneJob},
	{"btf_encode_force", []string{"--btf_encode_force"}, oneJob},
	{"btf_attributes", []string{"--btf_attributes"}, oneJob},
	{"reproducible_build", []string{"--reproducible_build"}, oneJob},
	{"skip_encoding_btf_vars", []string{"--skip_encoding_btf_vars"}, oneJob},
	{"skip_encoding_btf_decl_tag", []string{"--skip_encoding_btf_decl_tag"}, oneJob},
	{"skip_encoding_btf_type_tag", []string{"--skip_encoding_btf_type_tag"}, oneJob},
	{"skip_encoding_btf_enum64", []string{"--skip_encoding_btf_enum64"}, oneJob},
	{"skip_encoding_btf_inconsistent_proto", []string{"--skip_encoding_btf_inconsistent_proto"}, oneJob},
}

var oneJob = []string{"-j1"}

// knownSums are MD5 sums of pahole 1.32's outputs by the SHA-256 of the vmlinux, for when the packaged pahole has
// become another one. By name of row.
var knownSums = map[string]map[string]string{
	// Debian's linux-image-6.12.107+deb13-cloud-amd64-dbg
	"8e136423e9041707c9f94cdfbab6f1af713bad97bcdc24de04dae56d7266dd6a": {
		"kernel6.12":               "d81dd48d46ec6508db3460a0a54eac0d",
		"default":                  "d81dd48d46ec6508db3460a0a54eac0d",
		"default,attributes":       "d81dd48d46ec6508db3460a0a54eac0d",
		"none":                     "3a51647567a8680fdd28717fea321bd2",
		"default,true_signature":   "c64c20ee77fed3420636ff04f801f47e",
		"all":                      "1f76ab3c549165d17a7900e6426323e4",
		"default,force_cu_merging": "7b5e351f49833761d806fa7a582effae",
	},
}

// TestKernel compares the outputs for whole kernels with pahole's.
func TestKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: whole kernels take minutes")
	}
	peers := peer.Get(t)
	version, compat := reference(t)
	for _, kernel := range []string{"61c", "612c"} {
		t.Run(kernel, func(t *testing.T) {
			vmlinux := peer.Vmlinux(t, kernel)
			known := knownSums[fileSum(t, vmlinux, sha256.New())]
			for _, row := range kernelRows {
				t.Run(row.name, func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					var outputs []string
					for _, jobs := range row.jobs {
						out := filepath.Join(dir, jobs)
						args := append([]string{"-J", "--btf_encode_detached=" + out, jobs, compat}, row.flags...)
						if res := run(t, append(args, vmlinux)...); res.exitCode != 0 || res.stderr != "" {
							t.Fatalf("%s: exit status %d: %s", jobs, res.exitCode, res.stderr)
						}
						outputs = append(outputs, out)
					}
					for i, out := range outputs[1:] {
						if where := firstDifference(t, outputs[0], out); where != "" {
							t.Errorf("%s and %s: %s", row.jobs[0], row.jobs[i+1], where)
						}
					}
					if want := known[row.name]; want != "" {
						if got := fileSum(t, outputs[0], md5.New()); got != want {
							t.Errorf("MD5 sum %s, want %s", got, want)
						}
					}
					compareWithPahole(t, peers, version, outputs[0], vmlinux, row.flags...)
				})
			}
		})
	}
}

// reference says what the packaged pahole is: its version with that of libbpf if it is the one that gopahole
// reproduces, and otherwise "", with the option that makes gopahole reproduce this libbpf.
func reference(t *testing.T) (version, compat string) {
	t.Helper()
	pahole, libbpf := peer.PaholeVersion(t), peer.LibbpfVersion(t)
	version = pahole + " with libbpf " + libbpf
	if pahole != "v1.32" || !strings.HasPrefix(libbpf, "1.7.") {
		t.Logf("the packaged pahole is %s, not the reference: differences are reported, but no failures", version)
		version = ""
	}
	return version, peer.CompatFlag(libbpf)
}

// compareWithPahole compares an output with pahole's for the same input and options.
func compareWithPahole(t *testing.T, peers *peer.Peers, version, out, input string, flags ...string) {
	t.Helper()
	want, err := peers.Encode(input, flags...)
	if err != nil {
		t.Fatal(err)
	}
	report := t.Errorf
	if version == "" {
		report = t.Logf
	}
	if want.Path == "" {
		report("pahole wrote nothing: exit status %d: %.500s", want.ExitCode, want.Output)
		return
	}
	if where := firstDifference(t, want.Path, out); where != "" {
		report("pahole %s and gopahole: %s", version, where)
	}
}

func fileSum(t *testing.T, path string, h hash.Hash) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// firstDifference compares two files with BTF. It returns "" if they are equal, and otherwise the first lines in which
// they differ as bpftool would print them, or the first byte.
func firstDifference(t *testing.T, want, got string) string {
	t.Helper()
	a, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(a, b) {
		return ""
	}
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	summary := fmt.Sprintf("%d and %d bytes, the first difference at %d", len(a), len(b), at)
	x, errA := btf.Parse(a, nil)
	y, errB := btf.Parse(b, nil)
	if errA != nil || errB != nil {
		return fmt.Sprintf("%s; parsing: %v, %v", summary, errA, errB)
	}
	xs, ys := strings.Split(dump(t, a), "\n"), strings.Split(dump(t, b), "\n")
	summary += fmt.Sprintf("; %d and %d types", x.NumIDs()-1, y.NumIDs()-1)
	for i := range min(len(xs), len(ys)) {
		if xs[i] != ys[i] {
			from, to := max(0, i-3), i+8
			return summary + "\nfirst file:\n\t" + strings.Join(xs[from:min(to, len(xs))], "\n\t") +
				"\nsecond file:\n\t" + strings.Join(ys[from:min(to, len(ys))], "\n\t")
		}
	}
	return summary + "; the texts are equal as far as both go"
}
