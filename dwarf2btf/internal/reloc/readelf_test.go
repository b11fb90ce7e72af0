package reloc

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/peer"
)

// TestLikeReadelf compares relocated sections of the test data with those of binutils, which knows all machines and
// has no addresses for sections: they start at 0.
func TestLikeReadelf(t *testing.T) {
	p, dir := peer.Get(t), peer.Scratch(t)
	objects, err := filepath.Glob("../../../testdata/dwarf/*.o")
	if err != nil || len(objects) == 0 {
		t.Fatal(err, len(objects))
	}
	for _, object := range objects {
		t.Run(filepath.Base(object), func(t *testing.T) {
			switch filepath.Base(object) {
			case "units-crel.o":
				t.Skip("readelf knows no compact relocations")
			case "units-amdgpu-clang-dwarf5.o", "mix-hexagon-clang-dwarf5.o", "mix-lanai-clang-dwarf5.o", "mix-ve-clang-dwarf5.o":
				t.Skip("readelf does not know this machine, or only its offsets")
			case "module-gcc-common.o", "module-gcc-single.o", "units-small-common.o", "units-large-common.o":
				t.Skip("-fcommon: for readelf the value of a common symbol is its alignment, for libdwfl 0")
			}
			data, err := os.ReadFile(object)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, filepath.Base(object))
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := elffile.New(object, bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			if f.Section(".debug_info") == nil && f.Section(".gnu.debuglto_.debug_info") == nil {
				t.Skip("the DWARF is in another file")
			}
			compared := 0
			for i := range f.Sections {
				s := &f.Sections[i]
				if !isRead(s.Name) || strings.HasSuffix(s.Name, ".debug_loclists") { // which has differences that stay; see machines
					continue
				}
				got, err := relocated(f, make([]uint64, len(f.Sections)), s)
				if err != nil {
					t.Fatal(err)
				}
				if got == nil {
					continue
				}
				res := peer.Run(t, p.Command("readelf", "--wide", "--decompress", "--relocated-dump="+strconv.Itoa(i), path))
				if res.ExitCode != 0 {
					t.Fatalf("readelf: %s", res.Stderr)
				}
				if want := hexDump(t, res.Stdout); !bytes.Equal(got, want) {
					for at := range min(len(got), len(want)) {
						if got[at] != want[at] {
							t.Errorf("section %d %s differs at %#x of %#x", i, s.Name, at, len(got))
							break
						}
					}
				}
				compared++
			}
			if compared == 0 {
				t.Error("nothing was compared")
			}
		})
	}
}

// hexDump returns the bytes that readelf prints: lines of an address, up to four groups of up to four bytes, and the
// bytes as characters.
func hexDump(t *testing.T, out []byte) (data []byte) {
	t.Helper()
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "  0x") {
			continue
		}
		_, line, _ = strings.Cut(line[2:], " ")
		b, err := hex.DecodeString(strings.ReplaceAll(line[:min(35, len(line))], " ", ""))
		if err != nil {
			t.Fatalf("readelf: %q: %v", line, err)
		}
		data = append(data, b...)
	}
	return data
}
