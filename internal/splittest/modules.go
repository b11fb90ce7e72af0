package splittest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// Load reads the BTF of a file.
func Load(t testing.TB, path string, base *btf.Types) *btf.Types {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.Load(f, info.Size(), base)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return types
}

// Module is a module of a kernel with the BTF that it was shipped with, which is
// split from that of vmlinux.
type Module struct {
	Name  string
	Types *btf.Types
}

// Kernel returns the BTF of a kernel of the peers, such as "612c", and of its
// modules: of all, or in short tests of a few.
func Kernel(t testing.TB, kernel string) (vmlinux *btf.Types, modules []Module) {
	t.Helper()
	vmlinux = Load(t, peer.Vmlinux(t, kernel), nil)
	paths := peer.Modules(t, kernel)
	step := 1
	if testing.Short() {
		step = 50
	}
	for i := 0; i < len(paths); i += step {
		modules = append(modules, Module{filepath.Base(paths[i]), Load(t, paths[i], vmlinux)})
	}
	return vmlinux, modules
}
