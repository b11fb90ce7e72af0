package dwarf2btf_test

import (
	"encoding/binary"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/libbpf"
)

// TestLayoutOfLibbpf: T3-5, the layout section describes the kinds that the libbpf knows,
// whichever of them there are.
func TestLayoutOfLibbpf(t *testing.T) {
	e := encodings()[0]
	image := e.build(t, t.TempDir())
	for _, tc := range []struct {
		compat libbpf.Version
		want   uint32 // length in bytes
	}{{libbpf.V17, 0}, {libbpf.V18, 20 * 4}, {libbpf.V19, 23 * 4}} {
		res, err := convert(image, dwarf2btf.Options{Features: features.Default() | features.Layout, Compat: tc.compat})
		if err != nil {
			t.Fatal(err)
		}
		raw := res.BTF.Bytes()
		got := uint32(0)
		if binary.LittleEndian.Uint32(raw[4:]) == 32 {
			got = binary.LittleEndian.Uint32(raw[28:])
		}
		if got != tc.want {
			t.Errorf("%v: a layout section of %d bytes, want %d", tc.compat, got, tc.want)
		}
	}
}
