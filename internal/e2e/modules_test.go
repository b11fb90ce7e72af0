package e2e

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// moduleRows are the options with which the modules of a sample are encoded, one after the other.
var moduleRows = [][]string{
	{"--btf_features=default"},
	{"--btf_features=all"},
	nil,
	{"--btf_features=default,true_signature"},
	{"--btf_features=default,global_var"},
	{"--btf_features=default,attributes"},
	{"--btf_gen_floats", "--skip_encoding_btf_inconsistent_proto", "--btf_gen_optimized"},
	{kernelFeatures, "--lang_exclude=rust"},
}

// TestModulesAlone compares the outputs for modules without a base with pahole's: every twentieth with one row of
// options, and the largest with all.
func TestModulesAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: real modules take a minute")
	}
	peers := peer.Get(t)
	version, compat := reference(t)
	for _, kernel := range []string{"61c", "612c"} {
		modules := peer.Modules(t, kernel)
		for i := 0; i < len(modules); i += 20 {
			compareModule(t, peers, version, compat, modules[i], moduleRows[i/20%len(moduleRows)])
		}
		slices.SortFunc(modules, func(a, b string) int { return cmp.Compare(fileSize(t, b), fileSize(t, a)) })
		for _, module := range modules[:3] {
			for _, row := range moduleRows {
				compareModule(t, peers, version, compat, module, row)
			}
		}
	}
}

// TestModulesTogether does the same with the largest modules of a kernel in one call, of which functions, variables and
// types have the same names.
func TestModulesTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: real modules take a minute")
	}
	peers := peer.Get(t)
	version, compat := reference(t)
	modules := peer.Modules(t, "612c")
	slices.SortFunc(modules, func(a, b string) int { return cmp.Compare(fileSize(t, b), fileSize(t, a)) })
	for _, flags := range [][]string{{"--btf_features=default,global_var"}, {"--btf_features=all"}, {"--btf_features=default,force_cu_merging"}} {
		compareModule(t, peers, version, compat, modules[0], append(flags, modules[1:4]...)) // options may stand before and after files
	}
}

func compareModule(t *testing.T, peers *peer.Peers, version, compat, module string, flags []string) {
	t.Helper()
	var outputs []string
	for _, jobs := range []string{"-j1", "-j4"} {
		out := filepath.Join(t.TempDir(), jobs)
		args := append([]string{"-J", "--btf_encode_detached=" + out, jobs, compat}, flags...)
		if res := run(t, append(args, module)...); res.exitCode != 0 || res.stderr != "" {
			t.Errorf("%s, %v: exit status %d: %s", module, flags, res.exitCode, res.stderr)
			return
		}
		outputs = append(outputs, out)
	}
	if where := firstDifference(t, outputs[0], outputs[1]); where != "" {
		t.Errorf("%s, %v: one job and four: %s", module, flags, where)
	}
	failed := t.Failed()
	compareWithPahole(t, peers, version, outputs[0], module, flags...)
	if t.Failed() && !failed {
		t.Logf("the first failure is with %s, %v", module, flags)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
