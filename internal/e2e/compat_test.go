package e2e

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// TestHeaderSize: the header has its old size unless the layout section is asked for, whichever libbpf is reproduced.
func TestHeaderSize(t *testing.T) {
	object := filepath.Join(root, "testdata/dwarf/units-gcc-dwarf5.elf")
	for _, tc := range []struct {
		compat, features string
		want             uint32 // in bytes
	}{
		{"libbpf-1.7", "default", 24},
		{"libbpf-1.7", "default,layout", 24},
		{"libbpf-1.8", "default", 24},
		{"libbpf-1.8", "default,layout", 32},
		{"libbpf-1.8", "all", 32},
	} {
		out := filepath.Join(t.TempDir(), "out.btf")
		if res := run(t, "--btf_compat="+tc.compat, "--btf_features="+tc.features, "--btf_encode_detached="+out, object); res.exitCode != 0 {
			t.Fatal(res.stderr)
		}
		raw, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		// btf.rst: hdr_len stands after the magic, the version and the flags.
		if got := binary.LittleEndian.Uint32(raw[4:]); got != tc.want {
			t.Errorf("%s, %s: the header has %d bytes, want %d", tc.compat, tc.features, got, tc.want)
		}
	}
}
