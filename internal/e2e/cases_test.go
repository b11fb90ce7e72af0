package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCases encodes files that users had and gopahole could not encode, with the files beside them. The sums
// are those of pahole 1.32 with libbpf 1.7.
func TestCases(t *testing.T) {
	for _, tt := range []struct{ file, why, none, def string }{
		{
			file: "a4.z", why: "dwz -m: types and names are in a supplementary file",
			none: "5002 e5b78989d99881711cf9a5581bd8a3139691bb7cb432dd5dacf91cfdae39b1ca", def: "4998 a33552afd3a7a966bfbefdf8534e3921a7ebeebf111feb33109f1f9b1fa2c243",
		},
		{
			file: "s.ko", why: "a stripped module with a build ID and .gnu_debuglink",
			none: "4642 4a54081f911171f6be2f43c3ae649343d113f003cfc30a0804f87cca5107de6c", def: "4642 4a54081f911171f6be2f43c3ae649343d113f003cfc30a0804f87cca5107de6c",
		},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			for flag, want := range map[string]string{"-q": tt.none, "--btf_features=default": tt.def} {
				out := filepath.Join(t.TempDir(), "out.btf")
				if res := run(t, "-J", "--btf_compat=libbpf-1.7", flag, "--btf_encode_detached="+out, filepath.Join(root, "testdata/cases", tt.file)); res.exitCode != 0 {
					t.Errorf("%s: exit status %d: %s", tt.why, res.exitCode, res.stderr)
					continue
				}
				raw, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				if got := sum(raw); got != want {
					t.Errorf("%s: %s, want %s", tt.why, got, want)
				}
			}
		})
	}
}
