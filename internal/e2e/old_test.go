package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// TestOldObjects encodes the objects that Go's packages for ELF and DWARF are tested with: of gcc 4.2 to 9.3 for nine
// machines, as the compilers of kernels before 5.4 wrote them.
func TestOldObjects(t *testing.T) {
	peers := peer.Get(t)
	// What pahole reads in another way; DIFFERENCES.md has the rows.
	other := map[string]string{
		"go-relocation-test-gcc493-mips64le.obj": "relocations of little-endian 64-bit MIPS",
		"typedef.elf4":                           "type units in an object",
		"split.elf":                              "split DWARF without the rest",
	}
	dir := peer.Scratch(t)
	same, none := 0, 0
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"elf", "dwarf"} {
		testdata := filepath.Join(strings.TrimSpace(string(root)), "src/debug", folder, "testdata")
		files, err := os.ReadDir(testdata)
		if err != nil {
			t.Skipf("the sources of Go are not there: %v", err)
		}
		for _, f := range files {
			data, err := os.ReadFile(filepath.Join(testdata, f.Name()))
			if err != nil || !strings.HasPrefix(string(data), "\x7fELF") {
				continue
			}
			file := filepath.Join(dir, f.Name())
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			theirs, ours := file+".theirs", file+".ours"
			peer.Run(t, peer.WithLibbpf18(peers.Command("pahole", "-J", "-j1", "--btf_features=default", "--btf_encode_detached="+peers.Inside(theirs), file)))
			res := run(t, "-J", "-j1", "--btf_features=default", "--btf_encode_detached="+ours, file)
			want, _ := os.ReadFile(theirs)
			got, _ := os.ReadFile(ours)
			switch {
			case len(want) == 0 && len(got) == 0:
				none++
			case len(want) > 0 && len(got) > 0 && equalButHeader(t, want, got):
				same++
			case other[f.Name()] == "":
				t.Errorf("%s: pahole wrote %d bytes, gopahole %d, status %d: %s", f.Name(), len(want), len(got), res.exitCode, res.stderr)
			}
		}
	}
	if same < 25 {
		t.Errorf("%d are the same, and of %d neither makes anything", same, none)
	}
}

// equalButHeader reports whether two blobs are the same but for the length of the header, which libbpf 1.8 has longer.
func equalButHeader(t *testing.T, want, got []byte) bool {
	t.Helper()
	types, err := btf.Parse(got, nil)
	if err != nil {
		t.Error(err)
		return false
	}
	return string(types.WithLongHeader(true).Bytes()) == string(want) || string(got) == string(want)
}
