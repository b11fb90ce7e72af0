package e2e

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestMIPS64 compares objects of little-endian 64-bit MIPS with what pahole makes of them when their relocations have
// the layout of all other machines, the only one that libelf reads.
func TestMIPS64(t *testing.T) {
	peers := peer.Get(t)
	version, compat := reference(t)
	dir := peer.Scratch(t)
	for _, object := range []string{"module-mips64el-gcc-dwarf5.o", "module-mips64el-clang-dwarf5.o"} {
		path := filepath.Join(root, "testdata/dwarf", object)
		image, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(image))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range f.Sections {
			for p := s.Offset; s.Type == elf.SHT_RELA && p < s.Offset+s.FileSize; p += 24 {
				info := image[p+8:]
				symbol, typ := binary.LittleEndian.Uint32(info), binary.BigEndian.Uint32(info[4:])
				binary.LittleEndian.PutUint64(info, uint64(symbol)<<32|uint64(typ))
			}
		}
		input := filepath.Join(dir, object)
		if err := os.WriteFile(input, image, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, row := range moduleRows {
			out := filepath.Join(t.TempDir(), "out.btf")
			if res := run(t, append(append([]string{"-J", "--btf_encode_detached=" + out, compat}, row...), path)...); res.exitCode != 0 {
				t.Fatalf("%s: exit status %d: %s", object, res.exitCode, res.stderr)
			}
			compareWithPahole(t, peers, version, out, input, row...)
		}
	}
}
